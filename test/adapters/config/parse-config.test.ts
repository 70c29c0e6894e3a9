import { describe, expect, it } from 'vitest'
import { branchConfigSchema } from '../../../adapters/config/branch-config.ts'
import { cloudConfigSchema } from '../../../adapters/config/cloud-config.ts'
import { parseConfig } from '../../../adapters/config/parse-config.ts'

/** As `path:line message`. */
function mistakesOf(text: string, schema: Parameters<typeof parseConfig>[1] = cloudConfigSchema): string[] {
  const parsed = parseConfig(text, schema)
  if ('values' in parsed) return []
  return parsed.mistakes.map(({ path, line, message }) => `${path.join('.')}:${line} ${message}`)
}

describe('a configuration file', () => {
  it('says what it says, and nothing of what it leaves out', () => {
    const text = `
port: 7800
names: [hq.example.com, 10.0.0.2]
tls: {certificate: a.pem, key: b.pem}
country: NO
backup:
  hour: off
`
    expect(parseConfig(text, cloudConfigSchema)).toMatchObject({
      values: {
        port: 7800,
        names: ['hq.example.com', '10.0.0.2'],
        tls: { certificate: 'a.pem', key: 'b.pem' },
        country: 'NO',
        backup: { hour: 'off' },
      },
    })
  })

  it.each(['', '\n', '# nothing but words\n', '---\n'])('may be empty: %j', (text) => {
    expect(parseConfig(text, cloudConfigSchema)).toMatchObject({ values: {} })
  })

  it('is refused where it has a key that there is not, with the one that was meant', () => {
    expect(mistakesOf('port: 1\nprot: 7700')).toEqual([
      expect.stringMatching(/^prot:2 is no known key: did you mean port\? Known are port, address, names, /),
    ])
    expect(mistakesOf('log: warn\nlan:\n  name: a.b\n  setup_port: 1', branchConfigSchema)).toEqual([
      'lan.setup_port:4 is no known key: did you mean setupPort? Known are name, port, setupPort, address',
    ])
    expect(mistakesOf('colour: red')).toEqual([expect.stringMatching(/^colour:1 is no known key; known are port, /)])
  })

  it('is refused with every mistake at once, each with its line and what is allowed', () => {
    const text = `port: '7700'
names:
  - hq.example.com
  - https://hq.example.com
tls:
  certificate: a.pem
overdraft: 5
backup:
  hour: 24
insecureHttp: yes
log:
`
    expect(mistakesOf(text).toSorted()).toEqual(
      [
        'port:1 takes a port from 0 (any free one) to 65535, and not a text',
        'names:4 takes a list of names such as [hq.example.com], without https:// and port, and not this text',
        'tls.key:5 is missing; it takes a PEM file that only its owner may read (mode 600)',
        'overdraft:7 takes the keys points, value, and not a number',
        'backup.hour:9 takes an hour from 0 to 23, or off, and not this number',
        'insecureHttp:10 takes true or false, and not a text',
        'log:11 has no value: put a "#" before it, or give it one; it takes one of debug, info, warn, error, silent',
      ].toSorted(),
    )
  })

  it.each([
    ['port: 1\nport: 2', 'twice the same key'],
    ['a: b: c', 'two keys on one line'],
    ['names: [hq', 'a list without an end'],
    ['\tport: 1', 'a tab'],
    ['port: 1\n---\nport: 2', 'two documents'],
    ['port: !secret 1', 'a tag that means nothing'],
    ['- port', 'a list'],
    ['port', 'a word'],
    ['names: *other', 'an alias of nothing'],
  ])('is refused where it is no list of keys and values: %j', (text) => {
    const mistakes = mistakesOf(text)
    expect(mistakes).not.toEqual([])
    for (const mistake of mistakes) expect(mistake).toMatch(/^:[12] the file (holds no keys|is no YAML here: \w+)/)
  })

  it('is refused without repeating what stands in it, which may be a secret in the wrong place', () => {
    const secret = 'hunter2'
    const wrong = [
      `mysql:\n  url: mysql://root:${secret}@db/shop`,
      `port: ${secret}`,
      `tls: ${secret}`,
      `mysql:\n  urlFile: [${secret}]`,
      `country: ${secret}`,
      `names: "${secret}`,
      `log: |${secret}`,
      `- ${secret}\n${secret}`,
      `*${secret}`,
      `%${secret}`,
      `port: "\\${secret}"`,
      `port: !${secret} 1`,
    ]
    for (const text of wrong) {
      const mistakes = mistakesOf(text)
      expect([text, mistakes.length]).not.toEqual([text, 0])
      expect(mistakes.join()).not.toContain(secret)
    }
  })

  it('takes addresses that can be asked, and no others', () => {
    const isTaken = (cloud: string) => mistakesOf(JSON.stringify({ cloud }), branchConfigSchema).length === 0
    expect(
      ['https://hq.example.com', 'http://127.0.0.1:7700', 'https://hq.example.com/outpost'].filter(isTaken),
    ).toHaveLength(3)
    expect(
      ['hq.example.com', 'ftp://hq', 'https://a:b@hq', 'https://hq?x', 'https://hq#x', ''].filter(isTaken),
    ).toEqual([])
    const isProxy = (proxy: string) => mistakesOf(JSON.stringify({ trustedProxies: [proxy] })).length === 0
    expect(['127.0.0.1', '10.0.0.0/8', 'fd00::/8', '::1', 'loopback'].filter(isProxy)).toHaveLength(5)
    expect(['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'proxy', '*', ''].filter(isProxy)).toEqual([])
    const isName = (name: string) => mistakesOf(JSON.stringify({ names: [name] })).length === 0
    expect(['hq', 'hq.example.com', 'xn--fiq228c.cn', '10.0.0.2', '::1'].filter(isName)).toHaveLength(5)
    expect(['hq:7700', 'https://hq', 'a b', '-hq', '*.example.com', 'hq.', ''].filter(isName)).toEqual([])
  })
})

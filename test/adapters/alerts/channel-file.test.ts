import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readChannels } from '../../../adapters/alerts/channel-file.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const DINGTALK = 'kind: dingtalk\nurl: https://oapi.dingtalk.com/robot/send?access_token=t\nsecret: SEC1\n'
const EXAMPLES: Readonly<Record<string, string>> = {
  dingtalk: DINGTALK,
  wecom: 'kind: wecom\nurl: https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k\n',
  webhook: 'kind: webhook\nurl: https://ops.example.com/alerts\nsecret: a long enough secret\n',
  sms: `kind: sms\nurl: https://sms.example.com\nphones: ['13800000001']\nbody: '{"to":"{phone}","text":"{text}"}'\n`,
  email: 'kind: email\nserver: smtp.example.com\nfrom: outpost@example.com\nto: [li@example.com]\n',
}

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

function write(name: string, text: string): string {
  const file = join(folder.path, name)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

const read = (...files: string[]) => readChannels(files, () => 0)
const mistakesOf = (...files: string[]) => {
  try {
    return read(...files).length
  } catch (error) {
    return (error as Error).message.replaceAll(folder.path, '')
  }
}

test('each kind is read, and is told what requirement 003 has for it', () => {
  const channels = read(...Object.entries(EXAMPLES).map(([kind, text]) => write(`${kind}.yaml`, text)))
  const all = ['critical', 'warning', 'notice']
  expect(channels).toMatchObject([
    { kind: 'dingtalk', name: 'dingtalk', levels: ['critical', 'warning'] },
    { kind: 'wecom', name: 'wecom', levels: ['critical', 'warning'] },
    { kind: 'webhook', name: 'webhook', levels: all, isForPeople: false },
    { kind: 'sms', name: 'sms', levels: ['critical'] },
    { kind: 'email', name: 'email', levels: all, isForPeople: true },
  ])
})

test('a channel may have a name and levels of its own, and two may not have one name', () => {
  const named = write('ops.yaml', `${DINGTALK}name: ops\nlevels: [notice]\n`)
  expect(read(named)).toMatchObject([{ name: 'ops', levels: ['notice'] }])
  expect(mistakesOf(named, write('more.yaml', `${DINGTALK}name: ops\n`))).toBe(
    '/more.yaml: name is that of another channel: give each its own',
  )
  expect(mistakesOf(write('log.yaml', `${DINGTALK}name: console\n`))).toContain('and not console')
})

describe('a file is refused', () => {
  test('whose authorization no header can have, without saying it', () => {
    const refused = mistakesOf(write('sms.yaml', `${EXAMPLES['sms']!}authorization: Bearer 密钥甲\n`))
    expect(refused).toContain('/sms.yaml, line 5: authorization takes a text that a header can have')
    expect(refused).not.toContain('密钥甲')
    expect(read(write('fine.yaml', `${EXAMPLES['sms']!}authorization: Bearer abc=\n`))).toHaveLength(1)
  })

  test.each([
    ['is no JSON', `body: '{"to":"{phone}", text:"{text}"'`],
    ['has its text without quotes', `body: '{"to":"{phone}","text":{text}}'`],
    ['has no place for the phone, of which there are two', `phones: ['1380001', '1380002']\nbody: '{"text":"{text}"}'`],
  ])('whose template %s: it would be found out when somebody has to be rung up', (_, keys) => {
    const phones = keys.startsWith('phones') ? '' : `phones: ['13800000001']\n`
    const refused = mistakesOf(write('sms.yaml', `kind: sms\nurl: https://sms.example.com\n${phones}${keys}\n`))
    expect(refused).toContain('/sms.yaml, line 4: body takes a text in which {phone} and {text} stand for both: JSON')
  })

  test('unless its template is a form, or has the phone as a number', () => {
    const sms = `kind: sms\nurl: https://sms.example.com\nphones: ['13800000001']\n`
    expect(mistakesOf(write('form.yaml', `${sms}form: urlencoded\nbody: to={phone}&text={text}\n`))).toBe(1)
    expect(mistakesOf(write('number.yaml', `${sms}body: '{"to":{phone},"text":"{text}"}'\n`))).toBe(1)
  })

  test('that names a user of mail without a password, or the reverse', () => {
    const mail = EXAMPLES['email']!
    expect(mistakesOf(write('user.yaml', `${mail}user: li\n`))).toContain('password is missing')
    expect(mistakesOf(write('password.yaml', `${mail}password: hunter2\n`))).toBe(
      '/password.yaml: user is missing; it takes a text',
    )
    expect(mistakesOf(write('both.yaml', `${mail}user: li\npassword: hunter2\n`))).toBe(1)
  })

  test('that others may read', () => {
    const file = write('open.yaml', DINGTALK)
    chmodSync(file, 0o640)
    expect(mistakesOf(file)).toContain('has mode 640')
  })

  test('that is not there, or of no kind that there is', () => {
    expect(mistakesOf(join(folder.path, 'gone.yaml'))).toBe('/gone.yaml: the file is not there')
    expect(mistakesOf(write('pager.yaml', 'url: https://a.example\nkind: pager\n'))).toBe(
      '/pager.yaml, line 2: kind takes dingtalk, wecom, webhook, sms, email',
    )
    expect(mistakesOf(write('proto.yaml', 'kind: toString\n'))).toContain('kind takes')
    expect(mistakesOf(write('broken.yaml', 'kind: "dingtalk'))).toContain('the file is no YAML here')
  })

  test('for every mistake with its line, none of which repeats what stands there', () => {
    const file = write(
      'hook.yaml',
      'kind: webhook\nurl: http://user:hunter2@ops.example.com\nsecret: hunter2\nretries: 3\n',
    )
    const said = String(mistakesOf(file))
    expect(said.split('\n').map((line) => /line \d: \w+/.exec(line)?.[0])).toEqual([
      'line 2: url',
      'line 3: secret',
      'line 4: retries',
    ])
    expect(said).not.toContain('hunter2')
  })

  test('whose secrets would travel in the clear, except on this machine', () => {
    const wecom = (url: string) => mistakesOf(write('wecom.yaml', `kind: wecom\nurl: ${url}\n`))
    expect(wecom('http://10.0.0.1/send?key=k')).toContain('url takes an address that begins with https://')
    expect(wecom('http://127.0.0.1:8080/send?key=k')).toBe(1)
  })
})

import { describe, expect, it } from 'vitest'
import { createCheckout, runScript } from './support/checkout.js'

const BENCHMARKS = {
  'bench/write-vs-plain.ts': `
    export const description = 'Writes documents against plain SQLite'
    console.log(JSON.stringify({ args: process.argv.slice(2), mysql: process.env.MYSQL_URL !== undefined }))
  `,
  'bench/mirror-vs-bare.ts': `
    export const description = 'Mirrors orders against bare mysql2'
    export const needs = ['mysql']
    console.log(JSON.stringify({ mysql: process.env.MYSQL_URL !== undefined }))
  `,
}

describe('npm run bench', { timeout: 120_000 }, () => {
  it('lists the benchmarks', async () => {
    const { code, stdout } = await runScript(createCheckout(BENCHMARKS), 'bench.mjs', [])
    expect(code).toBe(0)
    expect(stdout).toBe(
      'Usage: npm run bench -- NAME [arguments]\n\n' +
        '  mirror-vs-bare  Mirrors orders against bare mysql2\n' +
        '  write-vs-plain  Writes documents against plain SQLite\n',
    )
  })

  it('runs one, with MySQL only if it needs that', async () => {
    const root = createCheckout(BENCHMARKS)
    const plain = await runScript(root, 'bench.mjs', ['write-vs-plain', '--small'])
    expect(JSON.parse(plain.stdout)).toEqual({ args: ['--small'], mysql: false })
    const mirror = await runScript(root, 'bench.mjs', ['mirror-vs-bare'])
    expect(JSON.parse(mirror.stdout)).toEqual({ mysql: true })
  })

  it('names those that there are when asked for another', async () => {
    const { code, stderr } = await runScript(createCheckout(BENCHMARKS), 'bench.mjs', ['speed'])
    expect(code).toBe(2)
    expect(stderr).toBe('outpost: there is no benchmark speed; there are: mirror-vs-bare, write-vs-plain.\n')
  })
})

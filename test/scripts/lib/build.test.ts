import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ensureBuilt } from '../../../scripts/lib/build.mjs'
import { createFolder, writeFiles } from '../support/folder.js'

const BUILD = fileURLToPath(new URL('../support/build.mjs', import.meta.url))
const TSC = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url))
const log = () => undefined

/** A checkout with one source, the real compiler, and a note of each compilation. */
function createCheckout(): string {
  const root = createFolder()
  const settings = { module: 'nodenext', rootDir: '.', outDir: 'dist', types: [] }
  writeFiles(root, {
    'package.json': '{ "type": "module" }',
    'package-lock.json': '{}',
    'tsconfig.build.json': JSON.stringify({ compilerOptions: settings, include: ['schemas', 'bench'] }),
    'schemas/phone.ts': 'export const country: string = "CN"\n',
    'scripts/lib/plain.mjs': 'export const plain = true\n',
    'node_modules/.bin/tsc': `#!/bin/sh\necho compiled >> ${root}/log\nexec ${TSC} "$@"\n`,
  })
  return root
}

const compilations = (root: string) => readFileSync(join(root, 'log'), 'utf8').trim().split('\n').length

describe('building', { timeout: 60_000 }, () => {
  it('compiles into dist once', async () => {
    const root = createCheckout()
    expect(await ensureBuilt({ root, log })).toBe(true)
    expect(await ensureBuilt({ root, log })).toBe(false)
    expect(compilations(root)).toBe(1)
    expect(readFileSync(join(root, 'dist/schemas/phone.js'), 'utf8')).toContain('country = "CN"')
  })

  it('goes by the content of the sources, not by their times', async () => {
    const root = createCheckout()
    await ensureBuilt({ root, log })
    utimesSync(join(root, 'schemas/phone.ts'), new Date(), new Date())
    expect(await ensureBuilt({ root, log })).toBe(false)
    writeFileSync(join(root, 'schemas/phone.ts'), 'export const country: string = "DE"\n')
    expect(await ensureBuilt({ root, log })).toBe(true)
    expect(readFileSync(join(root, 'dist/schemas/phone.js'), 'utf8')).toContain('country = "DE"')
  })

  it.each(['tsconfig.build.json', 'package-lock.json', 'scripts/lib/plain.mjs'])(
    'notices a change of %s',
    async (path) => {
      const root = createCheckout()
      await ensureBuilt({ root, log })
      writeFileSync(join(root, path), `${readFileSync(join(root, path), 'utf8')} `)
      expect(await ensureBuilt({ root, log })).toBe(true)
    },
  )

  it('shows what the compiler says, and tries again next time', async () => {
    const root = createCheckout()
    await ensureBuilt({ root, log })
    writeFileSync(join(root, 'schemas/phone.ts'), 'export const country: string = 86\n')
    const words = /^Building failed, `tsc -p tsconfig.build.json` ended with exit code \d:\n.*phone\.ts.*TS2322/
    await expect(ensureBuilt({ root, log })).rejects.toThrow(words)
    await expect(ensureBuilt({ root, log })).rejects.toThrow(words)
    writeFileSync(join(root, 'schemas/phone.ts'), 'export const country: string = "CN"\n')
    expect(await ensureBuilt({ root, log })).toBe(true)
  })

  it('removes what came from deleted sources', async () => {
    const root = createCheckout()
    writeFiles(root, { 'bench/old.ts': 'export const old = 1\n' })
    await ensureBuilt({ root, log })
    expect(existsSync(join(root, 'dist/bench/old.js'))).toBe(true)
    rmSync(join(root, 'bench/old.ts'))
    await ensureBuilt({ root, log })
    expect(existsSync(join(root, 'dist/bench/old.js'))).toBe(false)
    expect(existsSync(join(root, 'dist/schemas/phone.js'))).toBe(true)
  })

  it('puts the plain scripts where compiled code imports them', async () => {
    const root = createCheckout()
    await ensureBuilt({ root, log })
    expect(existsSync(join(root, 'dist/scripts/lib/plain.mjs'))).toBe(true)
  })

  it('bundles each web that has a vite.config.ts, from its own folder', async () => {
    const root = createCheckout()
    mkdirSync(join(root, 'cloud-node/web'), { recursive: true })
    writeFiles(root, {
      'local-node/web/vite.config.ts': 'export default {}\n',
      'node_modules/.bin/vite': `#!/bin/sh\necho "$@ in $(pwd)" >> ${root}/vite\n`,
    })
    await ensureBuilt({ root, log })
    expect(readFileSync(join(root, 'vite'), 'utf8')).toMatch(/^build in .*local-node\/web\n$/)
  })

  it('is done by one of several processes while the others wait for it', async () => {
    const root = createCheckout()
    const runs = Array.from({ length: 3 }, () => promisify(execFile)(process.execPath, [BUILD, root]))
    const said = (await Promise.all(runs)).map(({ stdout }) => stdout.trim())
    expect(said.toSorted()).toEqual(['built', 'nothing to do', 'nothing to do'])
    expect(compilations(root)).toBe(1)
  })
})

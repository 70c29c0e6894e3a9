import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureDependencies } from '../../../scripts/lib/dependencies.mjs'
import { createFolder, writeFiles } from '../support/folder.js'

const log = () => undefined
const lockfile = (version: string) => {
  const packages = {
    '': { name: 'chain', dependencies: { shelf: 'file:shelf' } },
    'node_modules/shelf': { resolved: 'shelf', link: true },
    shelf: { version },
  }
  return JSON.stringify({ name: 'chain', lockfileVersion: 3, requires: true, packages })
}

/** A checkout with a dependency that needs no registry. */
function createCheckout(): string {
  const root = createFolder()
  writeFiles(root, {
    'package.json': JSON.stringify({ name: 'chain', dependencies: { shelf: 'file:shelf' } }),
    'package-lock.json': lockfile('1.0.0'),
    'shelf/package.json': JSON.stringify({ name: 'shelf', version: '1.0.0' }),
  })
  return root
}

describe('the npm dependencies', { timeout: 120_000 }, () => {
  it('are installed when they are missing, once', async () => {
    const root = createCheckout()
    expect(await ensureDependencies({ root, log })).toBe(true)
    expect(existsSync(join(root, 'node_modules/shelf/package.json'))).toBe(true)
    expect(await ensureDependencies({ root, log })).toBe(false)
  })

  it('are installed again when the lockfile asks for others', async () => {
    const root = createCheckout()
    await ensureDependencies({ root, log })
    writeFiles(root, {
      'package-lock.json': lockfile('2.0.0'),
      'shelf/package.json': JSON.stringify({ name: 'shelf', version: '2.0.0' }),
    })
    expect(await ensureDependencies({ root, log })).toBe(true)
  })

  it('stay when a person has installed just these', async () => {
    const root = createCheckout()
    const packages = { 'node_modules/shelf': { resolved: 'shelf', link: true }, shelf: { version: '1.0.0' } }
    writeFiles(root, { 'node_modules/.package-lock.json': JSON.stringify({ packages }) })
    expect(await ensureDependencies({ root, log })).toBe(false)
    expect(existsSync(join(root, 'node_modules/shelf'))).toBe(false)
  })

  it('that cannot be installed are an error with the words of npm', async () => {
    const root = createCheckout()
    const manifest = { name: 'chain', dependencies: { shelf: 'file:shelf', other: '1.0.0' } }
    writeFileSync(join(root, 'package.json'), JSON.stringify(manifest))
    await expect(ensureDependencies({ root, log })).rejects.toThrow(
      /^Installing the npm dependencies failed, `npm ci .*` ended with exit code 1:\n[^]*in sync/,
    )
  })

  it('are not guessed without a lockfile', async () => {
    const root = createFolder()
    await expect(ensureDependencies({ root, log })).rejects.toThrow(`There is no readable package-lock.json in ${root}`)
  })
})

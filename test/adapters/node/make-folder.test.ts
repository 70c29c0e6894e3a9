import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFolder } from '../../../adapters/node/make-folder.ts'
import { temporaryFolder } from '../../support/node-process.ts'

let folder: { path: string; remove: () => void }

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(() => folder.remove())

describe('the data folder of a node', () => {
  it('is made for its owner only, with those above it, and tells which was the first', () => {
    const first = join(folder.path, 'a')
    const whole = join(first, 'b', 'c')
    expect(makeFolder(whole)).toBe(first)
    for (const made of [first, join(first, 'b'), whole]) expect(statSync(made).mode & 0o777).toBe(0o700)
    expect(makeFolder(whole)).toBe(undefined)
  })

  it.runIf(process.platform === 'linux')('is refused where the system takes none', () => {
    expect(() => makeFolder('/proc/nope/d')).toThrow(expect.objectContaining({ code: 'ENOENT', path: '/proc/nope' }))
  })

  it('is refused where something else stands in its place or above it', () => {
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    expect(() => makeFolder(file)).toThrow(expect.objectContaining({ code: 'EEXIST' }))
    expect(() => makeFolder(join(file, 'd'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }))
    const link = join(folder.path, 'link')
    symlinkSync(join(folder.path, 'gone'), link)
    expect(() => makeFolder(link)).toThrow(expect.objectContaining({ code: 'EEXIST' }))
    expect(existsSync(join(folder.path, 'gone'))).toBe(false)
  })
})

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { refuseLostStore } from '../../../adapters/node/refuse-lost-store.ts'
import { temporaryFolder } from '../../support/node-process.ts'

let folder: { path: string; remove: () => void }
beforeEach(() => void (folder = temporaryFolder()))
afterEach(() => folder.remove())

const lost = expect.objectContaining({ code: 'STORE_LOST' }) as Error
const write = (name: string, text: string) => writeFileSync(join(folder.path, name), text)

describe('a data folder without its store', () => {
  it('is refused beside the log of one', () => {
    write('store.sqlite-wal', 'the last writes')
    expect(() => refuseLostStore(folder.path)).toThrow(lost)
    write('store.sqlite', '')
    expect(() => refuseLostStore(folder.path)).toThrow(lost)
    write('store.sqlite', 'a store')
    expect(() => refuseLostStore(folder.path)).not.toThrow()
  })

  it('is refused beside backups of one, of which it names the newest', () => {
    mkdirSync(join(folder.path, 'backups'))
    for (const name of ['b-000001.sqlite', 'b-000002.sqlite', 'notes.txt']) write(join('backups', name), 'x')
    expect(() => refuseLostStore(folder.path)).toThrow(/b-000002\.sqlite/)
    rmSync(join(folder.path, 'backups'), { recursive: true })
    expect(() => refuseLostStore(folder.path)).not.toThrow()
  })

  it('is new where nothing is', () => {
    expect(() => refuseLostStore(folder.path)).not.toThrow()
    expect(() => refuseLostStore(join(folder.path, 'missing'))).not.toThrow()
  })
})

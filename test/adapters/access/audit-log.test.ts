import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuditLog } from '../../../adapters/access/audit-log.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const DAY = 86_400_000

let folder: { path: string; remove: () => void }
let store: Store
let nowMs: number

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite') })
  nowMs = Date.parse('2026-03-01T08:00:00Z')
})
afterEach(() => {
  store.close()
  folder.remove()
})

function openLog(limits?: ConstructorParameters<typeof AuditLog>[2]): AuditLog {
  return new AuditLog(store, () => nowMs, limits)
}

function numbers(audit: AuditLog): number[] {
  return audit.list({ limit: 1000 }).map(({ number }) => number)
}

describe('the audit log', () => {
  it('says who did what to whom and when, the newest first', () => {
    const audit = openLog()
    audit.note({ actor: 'account Li', action: 'account.role', subject: 'a1', detail: { role: 'viewer' } })
    nowMs += 1000
    audit.note({ actor: 'command', action: 'account.close', subject: 'a1' })
    audit.note({ actor: 'nobody', action: 'login.failed' })
    expect(audit.list({ limit: 10 })).toEqual([
      { number: 3, at: '2026-03-01T08:00:01.000Z', actor: 'nobody', action: 'login.failed' },
      { number: 2, at: '2026-03-01T08:00:01.000Z', actor: 'command', action: 'account.close', subject: 'a1' },
      {
        number: 1,
        at: '2026-03-01T08:00:00.000Z',
        actor: 'account Li',
        action: 'account.role',
        subject: 'a1',
        detail: { role: 'viewer' },
      },
    ])
  })

  it('is read page by page', () => {
    const audit = openLog()
    for (let i = 0; i < 5; i++) audit.note({ actor: 'command', action: `a${i}` })
    const first = audit.list({ limit: 2 })
    expect(first.map(({ action }) => action)).toEqual(['a4', 'a3'])
    const rest = audit.list({ limit: 10, before: first[1]!.number })
    expect(rest.map(({ action }) => action)).toEqual(['a2', 'a1', 'a0'])
  })

  it('keeps an entry only if what it speaks of is kept', () => {
    const audit = openLog()
    const failing = () =>
      store.transaction('test', () => {
        audit.note({ actor: 'command', action: 'undone' })
        throw new Error('no')
      })
    expect(failing).toThrow('no')
    store.transaction('test', () => audit.note({ actor: 'command', action: 'done' }))
    expect(audit.list({ limit: 10 }).map(({ action }) => action)).toEqual(['done'])
  })

  it('keeps what is young, and the newest ones of whatever age', () => {
    const audit = openLog({ ageMs: 366 * DAY, rows: 3, maxRows: 6 })
    const note = () => audit.note({ actor: 'command', action: 'x' })
    for (let i = 0; i < 5; i++) note()
    expect(numbers(audit)).toEqual([5, 4, 3, 2, 1])
    nowMs += 367 * DAY
    note()
    expect(numbers(audit)).toEqual([6, 5, 4, 3])
    note()
    expect(numbers(audit)).toEqual([7, 6, 5])
  })

  it('is bounded, however much is noted', () => {
    const audit = openLog({ ageMs: 366 * DAY, rows: 3, maxRows: 6 })
    for (let i = 0; i < 50; i++) audit.note({ actor: 'command', action: 'x' })
    expect(numbers(audit)).toEqual([50, 49, 48, 47, 46, 45])
  })
})

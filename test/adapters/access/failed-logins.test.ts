import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuditLog } from '../../../adapters/access/audit-log.ts'
import { FailedLogins } from '../../../adapters/access/failed-logins.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const MINUTE = 60_000
const LI = { id: 'a1', name: 'Li' }
const WANG = { id: 'a2', name: 'Wang' }

let folder: { path: string; remove: () => void }
let store: Store
let audit: AuditLog
let failed: FailedLogins
let nowMs: number

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite') })
  nowMs = Date.parse('2026-03-01T08:00:00Z')
  audit = new AuditLog(store, () => nowMs)
  failed = new FailedLogins(audit, () => nowMs)
})
afterEach(() => {
  store.close()
  folder.remove()
})

/** The oldest first. */
function noted(): unknown[] {
  const entries = audit.list({ limit: 1000 }).toReversed()
  return entries.map(({ subject, detail }) => ({ ...(subject !== undefined && { subject }), ...detail }))
}

describe('failed logins', () => {
  it('are noted once for an account and a network, and those that follow with their number when the time is over', () => {
    for (let i = 0; i < 8; i++) failed.note(LI, '192.0.2.1')
    failed.note(LI, '192.0.2.2')
    failed.note(WANG, '192.0.2.1')
    const first = [
      { subject: 'a1', name: 'Li' },
      { subject: 'a1', name: 'Li' },
      { subject: 'a2', name: 'Wang' },
    ]
    nowMs += 15 * MINUTE - 1
    failed.writeEnded()
    expect(noted()).toEqual(first)
    nowMs += 1
    failed.writeEnded()
    expect(noted()).toEqual([...first, { subject: 'a1', name: 'Li', failures: '7' }])
  })

  it('that go on are noted once in each time, and anew after a silence', () => {
    for (let minute = 0; minute < 60; minute++) {
      failed.note(LI, '192.0.2.1')
      nowMs += MINUTE
    }
    const li = { subject: 'a1', name: 'Li' }
    const repeated = [14, 15, 15].map((count) => ({ ...li, failures: String(count) }))
    expect(noted()).toEqual([li, ...repeated])
    nowMs += 15 * MINUTE
    failed.writeEnded()
    nowMs += 15 * MINUTE
    failed.note(LI, '192.0.2.1')
    expect(noted()).toEqual([li, ...repeated, { ...li, failures: '15' }, li])
  })

  it("of names that are nobody's are one for each network: what was typed stands nowhere", () => {
    for (let i = 0; i < 8; i++) failed.note(undefined, '192.0.2.1')
    expect(noted()).toEqual([{}])
  })

  it('push no other entry out, from however many networks they come', () => {
    audit.note({ actor: 'command', action: 'account.add', subject: 'a1' })
    for (let i = 0; i < 500; i++) failed.note(LI, `192.0.2.${i}`)
    expect(noted()).toHaveLength(1 + 24 + 1)
    nowMs += 15 * MINUTE
    for (let i = 0; i < 500; i++) failed.note(LI, `198.51.100.${i}`)
    expect(noted()).toHaveLength(1 + 24 + 1 + 24)
    expect(noted()[26]).toEqual({ failures: '475' })
  })

  it('are noted although the clock was set back', () => {
    failed.note(LI, '192.0.2.1')
    nowMs -= 60 * MINUTE
    failed.note(LI, '192.0.2.1')
    failed.note(LI, '192.0.2.1')
    expect(noted()).toHaveLength(2)
  })
})

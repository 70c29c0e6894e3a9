import { describe, expect, it } from 'vitest'
import { readinessOf } from '../../../adapters/metrics/readiness.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import type { BranchNodeStatus, MirrorStatus, StatusError } from '../../../schemas/protocol/status.ts'
import { AT, branchStatus, cloudStatus } from './statuses.ts'

const CUT: StatusError = { code: 'LINK_FAILED', message: 'headquarters cannot be reached', at: AT }
const FULL: StatusError = { ...CUT, code: 'DISK_FULL' }
const writes = () => undefined
const well = { checkStore: writes, logTrouble: () => undefined }

function branchWith(sync: Partial<BranchNodeStatus['sync']>): BranchNodeStatus {
  const status = branchStatus()
  return { ...status, sync: { ...status.sync, ...sync } }
}

function mirror(state: MirrorStatus['state']): MirrorStatus {
  return { name: 'default', state, lag: 0, parked: 0, rows: {} }
}

describe('a branch', () => {
  it('is ready without a warning while all is well', () => {
    expect(readinessOf({ status: () => branchStatus(), ...well })).toEqual({
      ready: true,
      troubles: [],
      warnings: [],
    })
  })

  it('is ready without internet, and warns of that', () => {
    const status = () => branchWith({ lastError: CUT })
    expect(readinessOf({ status, ...well })).toEqual({
      ready: true,
      troubles: [],
      warnings: [{ matter: 'link', code: 'LINK_FAILED' }],
    })
  })

  it('is ready while headquarters does not let it in, and says why', () => {
    const refused = { ...CUT, code: 'REVOKED' } as const
    const status = () => branchWith({ refused, lastError: refused })
    expect(readinessOf({ status, ...well }).warnings).toEqual([{ matter: 'refused', code: 'REVOKED' }])
  })

  it('says that people have turned synchronisation off', () => {
    const status = () => branchWith({ enabled: false, lastError: CUT })
    expect(readinessOf({ status, ...well }).warnings).toEqual([{ matter: 'sync-off' }])
  })

  it('is not ready while its store takes no write', () => {
    const checkStore = () => {
      throw new OutpostError('DISK_FULL', 'the disk is full')
    }
    const readiness = readinessOf({ status: () => branchStatus({ storage: FULL }), ...well, checkStore })
    expect(readiness).toEqual({ ready: false, troubles: [{ matter: 'store', code: 'DISK_FULL' }], warnings: [] })
  })

  it('is ready again once a write succeeds after one that failed', () => {
    let isFull = true
    const status = () => branchStatus(isFull ? { storage: FULL } : {})
    const checkStore = () => void (isFull = false)
    expect(readinessOf({ status, ...well, checkStore })).toEqual({ ready: true, troubles: [], warnings: [] })
  })

  it('is ready while its sync log cannot be written, and warns of it', () => {
    const logTrouble = () => 'DISK_FULL' as const
    expect(readinessOf({ status: () => branchStatus(), ...well, logTrouble })).toEqual({
      ready: true,
      troubles: [],
      warnings: [{ matter: 'log', code: 'DISK_FULL' }],
    })
  })

  it('is asked without a write while none has failed', () => {
    const checkStore = () => {
      throw new Error('written')
    }
    expect(readinessOf({ status: () => branchStatus(), ...well, checkStore }).ready).toBe(true)
  })
})

describe('headquarters', () => {
  it.each(['waiting', 'stopped', 'deposed'] as const)('is ready while a mirror is %s, and warns of it', (state) => {
    const mirrors = [
      mirror('running'),
      { ...mirror(state), lastError: { ...CUT, code: 'MIRROR_UNAVAILABLE' } as const },
    ]
    const { ready, warnings } = readinessOf({ status: () => cloudStatus({ mirrors }), ...well })
    expect({ ready, warnings }).toEqual({
      ready: true,
      warnings: [{ matter: 'mirror', code: 'MIRROR_UNAVAILABLE' }],
    })
  })

  it.each(['starting', 'running', 'paused'] as const)('warns of no mirror that is %s', (state) => {
    const { warnings } = readinessOf({ status: () => cloudStatus({ mirrors: [mirror(state)] }), ...well })
    expect(warnings).toEqual([])
  })

  it('warns of a disk that has failed since, and of a restore that waits for branches', () => {
    const storage = { ...CUT, code: 'DISK_FAILED' } as const
    const status = () => cloudStatus({ storage, recovery: { since: AT, waitingFor: ['north'] } })
    expect(readinessOf({ status, ...well }).warnings).toEqual([
      { matter: 'store', code: 'DISK_FAILED' },
      { matter: 'recovery' },
    ])
  })

  it('that cannot tell how it is, is not ready', () => {
    const status = () => {
      throw new Error('no such table')
    }
    expect(readinessOf({ status, ...well })).toMatchObject({
      ready: false,
      troubles: [{ code: 'INTERNAL' }],
    })
  })
})

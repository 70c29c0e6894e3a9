import { describe, expect, it } from 'vitest'
import { kindOfFailure } from '../../../../local-node/web/store/write-failure-kind.ts'

describe('a write that fails on a device', () => {
  it('is known for a full storage, however deep the storage wraps it', () => {
    const full = new DOMException('The quota has been exceeded.', 'QuotaExceededError')
    const aborted = Object.assign(new Error('aborted'), { name: 'AbortError', inner: full })
    const bulk = Object.assign(new Error('bulk'), { name: 'BulkError', failures: [full] })
    for (const failure of [full, aborted, bulk, new Error('write', { cause: aborted })]) {
      expect(kindOfFailure(failure)).toBe('full')
    }
  })

  it('is known for a store that was closed, and for what was erased for good', () => {
    expect(kindOfFailure(new DOMException('closing', 'InvalidStateError'))).toBe('closed')
    expect(kindOfFailure(Object.assign(new Error('no'), { code: 'ERASED' }))).toBe('erased')
  })

  it('is left to its own words where nobody knows it', () => {
    const endless = new Error('loop')
    endless.cause = endless
    for (const failure of [new Error('something'), 'text', undefined, endless]) {
      expect(kindOfFailure(failure)).toBe('failed')
    }
  })
})

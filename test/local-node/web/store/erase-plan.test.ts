import { describe, expect, it } from 'vitest'
import { isErased, isStillSent, parseSeen } from '../../../../local-node/web/store/erase-plan.ts'

const NAMES = [
  'rxdb-dexie-outpost-b1--0--orders',
  'rxdb-dexie-outpost-b10--0--orders',
  'rxdb-dexie-outpost-b2--0--orders',
  'outpost-cards-b1-members',
  'outpost-cards-b2-members',
  'outpost-staff',
  'another',
]
const seen = { branchId: 'b1', written: 7 }

describe('what an erasure deletes', () => {
  it('is of this branch alone when its documents are loaded anew', () => {
    expect(NAMES.filter((name) => isErased(name, 'documents', seen))).toEqual([NAMES[0], NAMES[3]])
  })

  it('leaves the documents of other branches when the device is taken out of use, and nothing of a lost one', () => {
    expect(NAMES.filter((name) => isErased(name, 'all', seen))).toEqual([NAMES[0], ...NAMES.slice(3, 6)])
    expect(NAMES.filter((name) => isErased(name, 'lost', undefined))).toEqual(NAMES.slice(0, 6))
    expect(NAMES.filter((name) => isErased(name, 'all', undefined))).toEqual([])
  })

  it('is nothing when something was written meanwhile, unless the device is lost', () => {
    expect([
      isStillSent('all', seen, 7),
      isStillSent('all', seen, 7.01),
      isStillSent('documents', undefined, 7),
    ]).toEqual([true, false, false])
    expect(isStillSent('lost', undefined, 7)).toBe(true)
  })

  it('rests on a note that can be read', () => {
    expect(parseSeen(JSON.stringify(seen))).toEqual(seen)
    expect([null, '', '{}', '{"branchId":"b1"}'].map(parseSeen)).toEqual(Array(4).fill(undefined))
  })
})

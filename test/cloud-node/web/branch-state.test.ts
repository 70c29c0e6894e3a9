import { describe, expect, it } from 'vitest'
import { branchState, idProblem, isCountry, searchBranches } from '../../../cloud-node/web/branches/branch-state.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'

const ROW: BranchRow = { id: 'b1', name: 'North', enabled: true, verdict: { state: 'unknown' }, documents: { here: 0 } }
const HEARD = { ...ROW, lastHeartbeatAt: '2026-03-01T10:00:00.000Z' }
const SUSPECTED = { ...HEARD, suspected: [{ epoch: 'e', host: 'pc', heardAt: HEARD.lastHeartbeatAt }] }

describe('how headquarters holds a branch', () => {
  it('is without a PC until one is heard, and let in from then on', () => {
    expect(branchState(ROW)).toBe('new')
    expect(branchState(HEARD)).toBe('trading')
  })

  it('is named after what keeps it out: closed for good before for now, both before what a person must decide', () => {
    expect(branchState(SUSPECTED)).toBe('suspected')
    expect(branchState({ ...SUSPECTED, enabled: false })).toBe('disabled')
    expect(branchState({ ...SUSPECTED, enabled: false, retired: true })).toBe('retired')
  })
})

describe('a new branch', () => {
  it.each(['north', 'b1', '4.th-street', 'a'.repeat(40)])('may be called %s', (id) =>
    expect(idProblem(id)).toBeUndefined(),
  )

  it.each(['North', '-b', 'a b', '店', 'a'.repeat(41)])('may not be called %s', (id) =>
    expect(idProblem(id)).toBe('id'),
  )

  it('may not be called what means all branches, and is not complained of before anything is typed', () => {
    expect(idProblem('shared')).toBe('shared')
    expect(idProblem('')).toBeUndefined()
  })

  it('has a country of two letters', () => {
    expect(['CN', 'C', 'cn', 'CHN'].filter(isCountry)).toEqual(['CN'])
  })
})

describe('the search among branches', () => {
  const rows = [
    { id: 'b1', name: 'North Road' },
    { id: 'b2', name: '南京路店' },
  ]

  it('finds those whose name or id has every word, in any case and width', () => {
    expect(searchBranches(rows, ' road NORTH')).toEqual([rows[0]])
    expect(searchBranches(rows, 'Ｂ２')).toEqual([rows[1]])
    expect(searchBranches(rows, '南京')).toEqual([rows[1]])
    expect(searchBranches(rows, 'north b2')).toEqual([])
    expect(searchBranches(rows, ' ')).toEqual(rows)
  })
})

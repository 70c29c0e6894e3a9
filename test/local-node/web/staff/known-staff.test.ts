import { expect, it } from 'vitest'
import { knownStaff } from '../../../../local-node/web/staff/known-staff.ts'

const TOLD = { id: 's1', name: 'Zhang Min', role: 'manager', pinVersion: 'one' } as const
const KNOWN = { ...TOLD, verifier: '$argon2id$one' }

it('keeps the verifiers that it has where the node tells none', () => {
  expect(knownStaff([{ ...TOLD, name: 'Zhang' }], [KNOWN])).toEqual([{ ...KNOWN, name: 'Zhang' }])
})

it('keeps no verifier of a PIN that was changed, nor of somebody who was closed', () => {
  const changed = { ...TOLD, pinVersion: 'two' }
  expect(knownStaff([changed], [KNOWN])).toEqual([changed])
  expect(knownStaff([], [KNOWN])).toEqual([])
})

it('takes the verifiers that the node tells', () => {
  const changed = { ...KNOWN, pinVersion: 'two', verifier: '$argon2id$two' }
  expect(knownStaff([changed], [KNOWN])).toEqual([changed])
})

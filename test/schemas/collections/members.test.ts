import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { E164Phone, Hlc, Scope, WriterId } from '../../../schemas/brand.ts'
import { isErased } from '../../../schemas/erasure.ts'
import { members, refuseMember } from '../../../schemas/collections/members.ts'
import { formatStamp } from '../../../schemas/hlc.ts'
import type { Doc } from '../../../schemas/json.ts'
import { memberIdOfLegacy, memberIdOfPhone, type ChainKey } from '../../../schemas/member-id.ts'
import { stampWrite } from '../../../schemas/stamp-write.ts'
import { hostileDoc, jsonValue } from '../arbitrary-documents.ts'

const RUNS = { numRuns: 1000 }
const KEY = 'a'.repeat(64) as ChainKey
const OTHER_KEY = 'b'.repeat(64) as ChainKey
const MISMATCH = { code: 'MEMBER_ID_MISMATCH', field: 'id' }

const identity = fc.record({
  scope: fc.constantFrom('shared', 'b1', 'b2'),
  phone: fc.stringMatching(/^\+861[3-9]\d{9}$/),
  generation: fc.nat({ max: 3 }),
})

function registered(who: { scope: string; phone: string; generation: number }, key = KEY): Doc {
  return { id: memberIdOfPhone(key, who.scope as Scope, who.phone as E164Phone, who.generation), ...who }
}

const alias = { source: 'pos', legacyId: '7' }
const imported = {
  id: memberIdOfLegacy(KEY, 'b1' as Scope, alias.source, alias.legacyId),
  scope: 'b1',
  generation: 0,
  aliases: [{ source: 'crm', legacyId: '1' }, alias],
}

describe('a member with a phone', () => {
  test('is taken under the id that follows from scope, phone and generation', () => {
    fc.assert(
      fc.property(identity, (who) => {
        expect(refuseMember(registered(who), KEY)).toBeUndefined()
      }),
      RUNS,
    )
  })

  test('is refused under the id of anybody else, and under one of another chain', () => {
    fc.assert(
      fc.property(identity, identity, (who, other) => {
        const same = JSON.stringify(who) === JSON.stringify(other)
        const refusal = refuseMember({ ...registered(who), ...other }, KEY)
        if (same) expect(refusal).toBeUndefined()
        else expect(refusal).toMatchObject(MISMATCH)
        expect(refuseMember(registered(who, OTHER_KEY), KEY)).toMatchObject(MISMATCH)
      }),
      RUNS,
    )
  })

  test('has neither a random id nor that of an alias', () => {
    const phone = '+8613812345678'
    expect(refuseMember({ ...registered({ scope: 'shared', phone, generation: 0 }), id: 'r-1' }, KEY)).toMatchObject(
      MISMATCH,
    )
    expect(refuseMember({ ...imported, phone }, KEY)).toMatchObject(MISMATCH)
  })
})

describe('a member without a phone', () => {
  test('is taken under the id of one of its aliases in its scope', () => {
    expect(refuseMember(imported, KEY)).toBeUndefined()
    expect(refuseMember({ ...imported, scope: 'b2' }, KEY)).toMatchObject(MISMATCH)
    expect(refuseMember(imported, OTHER_KEY)).toMatchObject(MISMATCH)
    expect(refuseMember({ ...imported, aliases: [] }, KEY)).toMatchObject(MISMATCH)
  })

  test('keeps its id when the alias that proves it is taken off', () => {
    const stamp = (wallMs: number) => (): Hlc => formatStamp(wallMs, 0, 'w' as WriterId)
    const stored = stampWrite(members.merge, undefined, imported, stamp(1))
    if (!stored.ok) throw new Error(stored.reason)
    const without = stampWrite(members.merge, stored.doc, { ...stored.doc, aliases: [] }, stamp(2))
    expect(without).toMatchObject({ ok: true, doc: { aliases: [] } })
    if (without.ok) expect(refuseMember(without.doc, KEY)).toBeUndefined()
  })

  test('is taken under a random id', () => {
    expect(refuseMember({ id: 'r-0123', scope: 'shared', generation: 0, aliases: [] }, KEY)).toBeUndefined()
    expect(refuseMember({ id: '0123', scope: 'shared', generation: 0, aliases: [] }, KEY)).toMatchObject(MISMATCH)
    expect(refuseMember({ id: 'xr-0123', scope: 'shared', generation: 0, aliases: [] }, KEY)).toMatchObject(MISMATCH)
  })
})

test('whatever claims to be a member is taken or refused, and nothing is thrown', () => {
  fc.assert(
    fc.property(hostileDoc(members), jsonValue, (doc, id) => {
      for (const claim of [doc, { ...doc, id }, { ...doc, id, phone: undefined }]) {
        if (Array.isArray(claim) || typeof claim !== 'object' || claim === null) continue
        const refusal = refuseMember(claim, KEY)
        const isRandom = typeof claim['id'] === 'string' && claim['id'].startsWith('r-')
        if (!isRandom && !isErased(claim)) expect(refusal).toMatchObject(MISMATCH)
      }
    }),
    RUNS,
  )
})

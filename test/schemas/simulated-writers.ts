/** Several replicas that write one document with clocks of their own and exchange merged states in any order. */
import fc from 'fast-check'
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { nextStamp, type HlcState } from '../../schemas/hlc.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import { merge } from '../../schemas/merge.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { ORDER_STATES } from '../../schemas/order-status.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'

export interface Step {
  readonly kind: 'write' | 'remove' | 'insert' | 'receive'
  readonly writer: number
  readonly from: number
  /** What the writer's clock shows; dead batteries and typing errors included. */
  readonly wallMs: number
  readonly fields: readonly (readonly [field: string, value: unknown])[]
}

export interface Replica {
  clock: HlcState
  doc: Doc | undefined
}

const WRITER_COUNT = 4
const PC_OF_2000 = Date.UTC(2000, 0, 1)
const PC_OF_2026 = Date.UTC(2026, 4, 1)
const ELEMENTS: readonly unknown[] = [
  'vip',
  'late',
  { source: 'old', legacyId: '7' },
  { legacyId: '8', source: 'old' },
  // Two contents under one id.
  { id: 'm', by: 'Li' },
  { id: 'm', by: 'Wang' },
]

/** What the registers of a group are set to in one write, so that a mixture of two writes shows. */
export interface Tagged {
  readonly written: number
}

export function stepsOf(declaration: CollectionDeclaration): fc.Arbitrary<readonly Step[]> {
  const spec = declaration.merge
  const fixed = new Set([spec.key, 'clock', ...spec.immutable, ...spec.authority])
  const fields = Object.keys(declaration.schema.properties).filter((field) => !fixed.has(field))
  const edit = fields.map((field) => {
    let values: fc.Arbitrary<unknown> = fc.constantFrom<unknown>('a', 'b', 1, undefined, { deep: [1, null] })
    if (spec.sets.includes(field)) values = fc.subarray([...ELEMENTS])
    if (spec.hasStatus && field === 'status') values = fc.constantFrom(...ORDER_STATES)
    if (spec.hasStatus && field === 'round') values = fc.integer({ min: 1, max: 3 })
    return fc.tuple(fc.constant(field), values)
  })
  const edits = edit.length > 0 ? fc.array(fc.oneof(...edit), { maxLength: 3 }) : fc.constant([])
  const step = fc.record({
    kind: fc.constantFrom('write', 'write', 'write', 'receive', 'receive', 'remove', 'insert'),
    writer: fc.nat({ max: WRITER_COUNT - 1 }),
    from: fc.nat({ max: WRITER_COUNT - 1 }),
    wallMs: fc.oneof(fc.constantFrom(0, PC_OF_2000, PC_OF_2026), fc.integer({ min: PC_OF_2026, max: PC_OF_2026 + 5 })),
    fields: edits as fc.Arbitrary<Step['fields']>,
  })
  return fc.array(step, { minLength: 1, maxLength: 14 })
}

/** Plays the steps; returns the replicas and every state that a write made, in the order of the writes. */
export function play(
  declaration: CollectionDeclaration,
  steps: readonly Step[],
): { replicas: Replica[]; written: Doc[]; refused: number } {
  const spec = declaration.merge
  const replicas = Array.from({ length: WRITER_COUNT }, (_, i): Replica => {
    return { clock: { writer: `w${i}` as WriterId, wallMs: 0, counter: 0 }, doc: undefined }
  })
  const written: Doc[] = []
  let refused = 0
  steps.forEach((step, at) => {
    const replica = replicas[step.writer]!
    if (step.kind === 'receive') {
      const theirs = replicas[step.from]!.doc
      if (theirs) replica.doc = replica.doc ? merge(spec, replica.doc, theirs) : theirs
      return
    }
    const after = wantedState(declaration, replica.doc, step, at)
    const result = stampWrite(spec, replica.doc, after, (exceeds: Hlc) => {
      const next = nextStamp(replica.clock, step.wallMs, exceeds)
      replica.clock = next.state
      return next.stamp
    })
    if (!result.ok) {
      refused += 1
      return
    }
    replica.doc = result.doc
    written.push(result.doc)
  })
  return { replicas, written, refused }
}

/** Joins states in the given order, the way a replica does that receives one after the other. */
export function joined(declaration: CollectionDeclaration, states: readonly Doc[]): Doc {
  return states.reduce((known, state) => merge(declaration.merge, known, state))
}

export function bytesOf(doc: Doc): string {
  return canonicalJson(replicatedState(doc))
}

/** A permutation of the list, with repetitions of some, drawn from numbers. */
export function shuffled<T>(list: readonly T[], numbers: readonly number[]): T[] {
  const keyed = list.map((item, i) => ({ item, key: numbers[i % numbers.length]! * (i + 7) }))
  const repeated = keyed.filter(({ key }) => key % 3 === 0).map(({ item, key }) => ({ item, key: key % 101 }))
  return [...keyed, ...repeated].toSorted((a, b) => (a.key % 101) - (b.key % 101)).map(({ item }) => item)
}

function wantedState(declaration: CollectionDeclaration, before: Doc | undefined, step: Step, at: number): Doc {
  const spec = declaration.merge
  // An insert says the facts of creation anew; two branches may disagree about them.
  const facts = Object.fromEntries(spec.immutable.map((field) => [field, `${field} as told by ${step.writer % 2}`]))
  const old = before ? replicatedState(before) : { [spec.key]: 'one', ...facts }
  const after: Record<string, unknown> = { ...(step.kind === 'insert' && before?.['_deleted'] === true ? {} : old) }
  after['_deleted'] = step.kind === 'remove' || (step.kind === 'write' && before?.['_deleted'] === true)
  for (const [field, value] of step.fields) {
    const group = Object.values(spec.registers).find((fields) => fields.includes(field))
    for (const name of group ?? [field]) after[name] = group ? ({ written: at } satisfies Tagged) : value
  }
  // Nobody but headquarters may say this; the write must not carry it on.
  for (const field of spec.authority) after[field] = { said: at }
  return after
}

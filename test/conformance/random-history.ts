/**
 * Histories by chance: one seed in, one history out. An operation says what it wants of the state that it will meet
 * (`previous: 'right'`) instead of naming one, so that a history is still one when operations are taken out of it.
 */
import { createRandom, type SeededRandom } from '../../scripts/demo/seeded-random.ts'
import { IDS, LWTS, randomFields, randomSchema } from './random-document.ts'
import { randomQuery, type RandomQuery } from './random-query.ts'
import type { Schema } from './storage-fixture.ts'

export interface PlannedRow {
  readonly id: string
  readonly previous: 'right' | 'none' | 'older' | 'invented'
  readonly deleted: boolean
  readonly height: number
  readonly lwt: number
  readonly fields: Readonly<Record<string, unknown>>
  /** `keep` a stub if there is one, a `bare` stub of nothing, or new text. */
  readonly attachments: Readonly<Record<string, { readonly put: string } | 'keep' | 'bare'>>
}

export type Operation =
  /** Several calls are made without waiting for one another. */
  | { readonly do: 'write'; readonly calls: readonly (readonly PlannedRow[])[] }
  | { readonly do: 'query'; readonly queries: readonly RandomQuery[] }
  | { readonly do: 'find'; readonly ids: readonly string[]; readonly withDeleted: boolean }
  /** From one of the checkpoints that have been seen. */
  | { readonly do: 'changes'; readonly from: number }
  | { readonly do: 'attachments' | 'cleanup' | 'reopen' }

export interface History {
  readonly schema: Schema
  readonly operations: readonly Operation[]
}

const KINDS = ['write', 'write', 'write', 'write', 'query', 'query', 'query', 'find', 'changes', 'rest'] as const
const NAMES = ['a.txt', 'ä/🍵', 'c']
const TEXTS = ['', 'tea', 'coffee ☕', 'water']

export function randomHistory(seed: number, attachments: boolean): History {
  const random = createRandom(seed)
  const schema = randomSchema(random, attachments)
  const operations: Operation[] = [{ do: 'write', calls: [randomRows(random, 4 + random.below(8), attachments)] }]
  const length = 8 + random.below(12)
  for (let i = 0; i < length; i++) operations.push(randomOperation(random, attachments))
  if (random.below(5) === 0) operations.splice(random.below(operations.length), 0, { do: 'reopen' })
  return { schema, operations }
}

function randomOperation(random: SeededRandom, attachments: boolean): Operation {
  const kind = random.pick(KINDS)
  switch (kind) {
    case 'write': {
      // Data of attachments is read before a write takes its turn, so calls with some may overtake each other.
      const calls = !attachments && random.below(6) === 0 ? 2 + random.below(2) : 1
      return {
        do: 'write',
        calls: Array.from({ length: calls }, () => randomRows(random, 1 + random.below(4), attachments)),
      }
    }
    case 'query':
      return { do: 'query', queries: Array.from({ length: 1 + random.below(3) }, () => randomQuery(random)) }
    case 'find':
      return { do: 'find', ids: IDS.filter(() => random.below(2) === 0), withDeleted: random.below(2) === 0 }
    case 'changes':
      return { do: 'changes', from: random.below(1000) }
    default:
      return { do: attachments && random.below(2) === 0 ? 'attachments' : 'cleanup' }
  }
}

function randomRows(random: SeededRandom, count: number, attachments: boolean): PlannedRow[] {
  return Array.from({ length: count }, () => ({
    id: random.pick(IDS),
    previous: random.pick(['right', 'right', 'right', 'right', 'right', 'right', 'none', 'older', 'invented']),
    deleted: random.below(4) === 0,
    height: 1 + random.below(20),
    lwt: random.pick(LWTS),
    fields: randomFields(random),
    attachments: attachments ? randomAttachments(random) : {},
  }))
}

function randomAttachments(random: SeededRandom): PlannedRow['attachments'] {
  const attachments: Record<string, PlannedRow['attachments'][string]> = {}
  // One bare stub at most: an insert reports each one, an update only the first.
  const bare = random.below(15) === 0 ? random.pick(NAMES) : undefined
  for (const name of NAMES) {
    if (name === bare) attachments[name] = 'bare'
    else if (random.below(2) === 0) attachments[name] = random.below(2) === 0 ? 'keep' : { put: random.pick(TEXTS) }
  }
  return attachments
}

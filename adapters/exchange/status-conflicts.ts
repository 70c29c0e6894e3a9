/**
 * Documents whose status contradicts itself, such as an order that one side refunded and the other closed, stand among the
 * exceptions until a person opens the next round. The document itself is as good as any other: it stays clean, and both
 * sides derive the same from it.
 */
import { scopeOf } from '../../schemas/collection.ts'
import { parseStamp } from '../../schemas/hlc.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState, sidecarOf } from '../../schemas/merge-spec.ts'
import { follows, historyKey, statesOfRound, type OrderState } from '../../schemas/order-status.ts'
import type { Derivation } from '../sqlite/store.ts'
import { MAX_TRIES, type Exceptions } from './exceptions.ts'

/** Runs in the transaction that writes the document. */
export function noteStatusConflicts(exceptions: Exceptions): Derivation {
  return (write, changes) => {
    for (const { table, previous, doc, seq } of changes) {
      const { declaration } = table
      if (!declaration?.merge.hasStatus || !(isConflicted(doc) || isConflicted(previous))) continue
      const branchId = scopeOf(declaration, doc)
      const id = doc[declaration.merge.key] as string
      if (!isConflicted(doc)) exceptions.clear('here', branchId, table.name, id)
      else {
        const about = { direction: 'here', branchId, collection: table.name, id, seq } as const
        const document = JSON.stringify(replicatedState(doc))
        const failure = { ...about, code: 'ORDER_STATE_CONFLICT', field: 'status', reason: reasonOf(doc), document }
        // Nothing can be tried again here: only a person can say which of the two holds.
        exceptions.fail(failure, write.nowMs(), MAX_TRIES)
      }
    }
  }
}

function isConflicted(doc: Doc | undefined): boolean {
  return doc?.['status'] === 'conflicted' && doc['_deleted'] !== true
}

/** Which states the round has reached and when, and which of them exclude each other. */
function reasonOf(doc: Doc): string {
  const round = doc['round'] as number
  const history = sidecarOf(doc).h ?? {}
  const reached = statesOfRound(history, round).map((state) => ({ state, at: reachedAt(history, round, state) }))
  const last = reached.filter(({ state }) => !reached.some((other) => follows(other.state, state)))
  const inWords = reached
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .map(({ state, at }) => `${state} at ${at}`)
    .join(', ')
  const both = last.map(({ state }) => state).join(' and ')
  return `${both} exclude each other; round ${round} reached ${inWords}. Open round ${round + 1} with what holds.`
}

function reachedAt(history: Readonly<Record<string, string>>, round: number, state: OrderState): string {
  return new Date(parseStamp(history[historyKey(round, state)] ?? '')?.wallMs ?? 0).toISOString()
}

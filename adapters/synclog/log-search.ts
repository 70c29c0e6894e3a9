/**
 * Decides where entries are looked for: by the index that leads furthest back, in the stretches of the asked time, and
 * through so many entries at once that nobody waits for an answer long, however few of them are as wanted.
 */
import type { SyncLogKind, SyncOutcome } from '../../schemas/protocol/sync-log.ts'
import type { StatementCache } from '../sqlite/statement-cache.ts'
import type { DocumentFinder } from './document-finder.ts'
import { STRETCH_BITS } from './log-tables.ts'

/** What entries must have to be listed; times in ms since 1970. */
export interface SyncLogQuery {
  readonly branch?: string | undefined
  readonly kind?: SyncLogKind | undefined
  readonly outcome?: SyncOutcome | undefined
  readonly code?: string | undefined
  readonly request?: string | undefined
  readonly document?: { readonly collection: string; readonly id: string } | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** The `next` of the page before. */
  readonly before?: number | undefined
  readonly limit: number
}

/** Entries to look through: all with `first <= number < before` that the index gives. */
export interface SearchedPart {
  /** What follows `FROM`, up to the bounds of the number. */
  readonly source: string
  readonly values: readonly unknown[]
  readonly first: number
  readonly before: number
  /** Whether there are others before `first` that may be as wanted. */
  readonly goesOn: boolean
}

/** Each holds the entries of one value in the order of their numbers. */
const INDEXES: readonly { source: string; value: (query: SyncLogQuery) => unknown }[] = [
  { source: "entry INDEXED BY entry_code WHERE code <> '' AND code = ?", value: ({ code }) => code },
  {
    source: "entry INDEXED BY entry_outcome WHERE outcome <> 'ok' AND outcome = ?",
    value: ({ outcome }) => (outcome === 'ok' ? undefined : outcome),
  },
  { source: 'entry INDEXED BY entry_branch WHERE branch_id = ?', value: ({ branch }) => branch },
  { source: 'entry INDEXED BY entry_kind WHERE kind = ?', value: ({ kind }) => kind },
]

/** Entries of one document or request that are looked at for one answer. */
const MOST_OF_ONE = 1000

export class LogSearch {
  readonly #statements: StatementCache
  readonly #finder: DocumentFinder
  readonly #most: number

  /** @param most entries that are looked through for one answer */
  constructor(statements: StatementCache, finder: DocumentFinder, most: number) {
    this.#statements = statements
    this.#finder = finder
    this.#most = most
  }

  /** @returns `undefined` where nothing can be found */
  partOf(query: SyncLogQuery): SearchedPart | undefined {
    const { document, request } = query
    const bounds = this.#boundsOf(query)
    if (!bounds) return undefined
    if (document) return among(this.#finder.before(document, bounds.before, MOST_OF_ONE), bounds)
    if (request !== undefined) return among(this.#numbersOf(request, bounds), bounds)
    const parts = INDEXES.flatMap(({ source, value }) => {
      const wanted = value(query)
      return wanted === undefined ? [] : [this.#byIndex(source, wanted, bounds)]
    })
    if (parts.length === 0) return this.#byNumber(bounds)
    return parts.reduce((best, part) => (part.first < best.first ? part : best))
  }

  /** Numbers between which the entries of the asked time are. */
  #boundsOf({ before = Number.MAX_SAFE_INTEGER, fromMs, toMs }: SyncLogQuery): Bounds | undefined {
    const first = fromMs === undefined ? 0 : this.#stretch('newest >= ? ORDER BY number', fromMs)
    const last = toMs === undefined ? Number.MAX_SAFE_INTEGER : this.#stretch('oldest < ? ORDER BY number DESC', toMs)
    if (first === undefined || last === undefined) return undefined
    const length = 2 ** STRETCH_BITS
    return {
      first: Math.max(first * length, this.#oldest()),
      before: Math.min(before, this.#end(), last * length + length),
    }
  }

  #end(): number {
    return ((this.#statements.preparePlucked('SELECT max(number) FROM entry').get() as number | null) ?? 0) + 1
  }

  #oldest(): number {
    return (this.#statements.preparePlucked('SELECT min(number) FROM entry').get() as number | null) ?? 0
  }

  #stretch(which: string, atMs: number): number | undefined {
    const sql = `SELECT number FROM stretch WHERE ${which} LIMIT 1`
    return this.#statements.preparePlucked(sql).get(atMs) as number | undefined
  }

  #byIndex(source: string, wanted: unknown, { first, before }: Bounds): SearchedPart {
    const sql = `SELECT number FROM ${source} AND number < ? AND number >= ? ORDER BY number DESC LIMIT 1 OFFSET ?`
    const edge = this.#statements.preparePlucked(sql).get(wanted, before, first, this.#most - 1) as number | undefined
    return { source, values: [wanted], first: edge ?? first, before, goesOn: edge !== undefined && edge > first }
  }

  /** They follow one another without a gap. */
  #byNumber({ first, before }: Bounds): SearchedPart {
    const edge = Math.max(first, before - this.#most)
    return { source: 'entry WHERE TRUE', values: [], first: edge, before, goesOn: edge > first }
  }

  /** The newest first. */
  #numbersOf(request: string, { first, before }: Bounds): number[] {
    const sql = `SELECT number FROM entry WHERE number >> ${STRETCH_BITS} = ? AND request_id = ? AND number < ?
      ORDER BY number DESC LIMIT ?`
    const inStretch = this.#statements.preparePlucked(sql)
    const numbers: number[] = []
    for (let at = stretchOf(before - 1); at >= stretchOf(first) && numbers.length < MOST_OF_ONE; at--) {
      numbers.push(...(inStretch.all(at, request, before, MOST_OF_ONE) as number[]))
    }
    return numbers
  }
}

/** @param numbers the newest first, as many as are looked at for one answer */
function among(numbers: readonly number[], { first, before }: Bounds): SearchedPart {
  const goesOn = numbers.length >= MOST_OF_ONE
  return {
    source: 'entry WHERE number IN (SELECT value FROM json_each(?))',
    values: [JSON.stringify(numbers)],
    first: goesOn ? numbers.at(-1)! : first,
    before,
    goesOn,
  }
}

function stretchOf(number: number): number {
  return Math.floor(number / 2 ** STRETCH_BITS)
}

interface Bounds {
  readonly first: number
  readonly before: number
}

/** The runs of the reconciliation and what they found, kept in headquarters' store. */
import { isErased } from '../schemas/erasure.ts'
import type { ErrorCode } from '../schemas/error-catalogue.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type {
  DifferenceView,
  ReconcileFigures,
  ReconcileKind,
  ReconcileReport,
  ReconcileRun,
  ReconcileScope,
  ReconcileState,
} from '../schemas/protocol/reconciliation.ts'
import type { Store } from '../adapters/sqlite/store.ts'

const RUNS = `
CREATE TABLE IF NOT EXISTS reconcile_run (
  id INTEGER PRIMARY KEY, mirror TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, scope TEXT NOT NULL,
  dry_run INTEGER NOT NULL, from_seq INTEGER NOT NULL, approves INTEGER, started_at REAL NOT NULL, ended_at REAL,
  documents INTEGER NOT NULL DEFAULT 0, rows INTEGER NOT NULL DEFAULT 0, different INTEGER NOT NULL DEFAULT 0,
  repaired INTEGER NOT NULL DEFAULT 0, open INTEGER NOT NULL DEFAULT 0, in_flight INTEGER NOT NULL DEFAULT 0,
  parked INTEGER NOT NULL DEFAULT 0, branches TEXT, error_code TEXT, error_message TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS reconcile_run_open ON reconcile_run (mirror, id) WHERE open > 0;
CREATE INDEX IF NOT EXISTS reconcile_run_kind ON reconcile_run (mirror, kind, id);`
const DIFFERENCES = `
CREATE TABLE IF NOT EXISTS reconcile_difference (
  run_id INTEGER NOT NULL, number INTEGER NOT NULL, collection TEXT NOT NULL, document_id TEXT NOT NULL, difference TEXT NOT NULL,
  PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reconcile_difference_document ON reconcile_difference (collection, document_id);`

/** Why a run ended that the node did not go on with. One that a person has stopped has no error. */
export const NODE_STOPPED = 'the node was stopped'

/** Runs every quarter of an hour make about a hundred a day. Older ones stay where something of theirs is still asked for. */
const RUNS_KEPT = 1000

const COLUMNS = `id, mirror, kind, state, scope, dry_run AS dryRun, from_seq AS fromSeq, approves, started_at AS startedAt,
  ended_at AS endedAt, documents, rows, different, repaired, open, in_flight AS inFlight, parked, branches,
  error_code AS errorCode, error_message AS errorMessage`

/** Has gone over everything of its kind, or was stopped by a person: it is not made up for. */
const IS_THROUGH = `scope = '{}'
  AND (state IN ('done', 'waiting', 'approved') OR (state = 'stopped' AND error_code IS NULL))`

interface StoredRun extends ReconcileFigures {
  readonly id: number
  readonly mirror: string
  readonly kind: ReconcileKind
  readonly state: ReconcileState
  readonly scope: string
  readonly dryRun: number
  readonly fromSeq: number
  readonly approves: number | null
  readonly startedAt: number
  readonly endedAt: number | null
  readonly branches: string | null
  readonly errorCode: ErrorCode | null
  readonly errorMessage: string | null
}

type OpenRun = Pick<StoredRun, 'id' | 'mirror' | 'state' | 'scope' | 'kind' | 'dryRun' | 'open'>

export interface NewRun {
  readonly mirror: string
  readonly kind: ReconcileKind
  readonly scope: ReconcileScope
  readonly dryRun: boolean
  /** Of a recent run: it is about what was written behind it; of a check of orders: all of them were written behind it. */
  readonly fromSeq: number
  /** Of a check of orders: which, by collection. */
  readonly documents?: ReadonlyMap<string, ReadonlySet<string>>
  readonly approves?: number | undefined
}

export interface EndedRun {
  readonly state: Exclude<ReconcileState, 'running' | 'approved'>
  readonly figures: ReconcileFigures
  readonly differences?: readonly DifferenceView[]
  readonly branches?: ReconcileRun['branches']
  readonly error?: NonNullable<ReconcileRun['error']>
}

export class ReconcileRuns {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(RUNS)
    store.ensureTable(DIFFERENCES)
    // What a node left behind that was killed, and what was erased before anybody looked here.
    store.transaction('reconcile', () => {
      const sql = `UPDATE reconcile_run SET state = 'stopped', error_code = ?, error_message = ? WHERE state = 'running'`
      this.#store.prepare(sql).run('MIRROR_UNAVAILABLE' satisfies ErrorCode, NODE_STOPPED)
      this.#forgetErased()
    })
    store.derive((_write, changes) => {
      for (const { table, doc, previous } of changes) {
        if (isErased(doc) && !(previous && isErased(previous)))
          this.#forget(table.name, String(doc[table.columns.primaryPath]))
      }
    })
  }

  begin(run: NewRun, nowMs: number): ReconcileRun {
    const sql = `INSERT INTO reconcile_run (mirror, kind, state, scope, dry_run, from_seq, approves, started_at)
      VALUES (?, ?, 'running', ?, ?, ?, ?, ?)`
    const id = this.#store.transaction('reconcile', () => {
      const { mirror, kind, scope, dryRun, fromSeq, approves = null } = run
      const { lastInsertRowid } = this.#store
        .prepare(sql)
        .run(mirror, kind, JSON.stringify(scope), Number(dryRun), fromSeq, approves, nowMs)
      this.#deleteOld(Number(lastInsertRowid) - RUNS_KEPT)
      return Number(lastInsertRowid)
    })
    return this.run(id)
  }

  /** The differences of earlier runs about the same, or about less, are closed by it: it has found them again, or not. */
  end(id: number, { state, figures, differences = [], branches, error }: EndedRun, nowMs: number): ReconcileRun {
    const { documents, rows, different, repaired, open, inFlight, parked } = figures
    const sql = `UPDATE reconcile_run SET state = ?, ended_at = ?, documents = ?, rows = ?, different = ?, repaired = ?,
      open = ?, in_flight = ?, parked = ?, branches = ?, error_code = ?, error_message = ? WHERE id = ?`
    const told = branches === undefined ? null : JSON.stringify(branches)
    const insert = this.#store.prepare('INSERT INTO reconcile_difference VALUES (?, ?, ?, ?, ?)')
    this.#store.transaction('reconcile', () => {
      this.#store
        .prepare(sql)
        .run(
          state,
          nowMs,
          documents,
          rows,
          different,
          repaired,
          open,
          inFlight,
          parked,
          told,
          error?.code ?? null,
          error?.message ?? null,
          id,
        )
      for (const [number, difference] of differences.entries()) {
        insert.run(id, number, difference.collection, difference.id, JSON.stringify(difference))
      }
      this.#forgetErased(id)
      if (state === 'done' || state === 'waiting') this.#close(this.#stored(id))
    })
    return this.run(id)
  }

  /** @throws OutpostError NOT_FOUND */
  run(id: number): ReconcileRun {
    return toRun(this.#stored(id))
  }

  /** @throws OutpostError NOT_FOUND */
  report(id: number): ReconcileReport {
    const sql = 'SELECT difference FROM reconcile_difference WHERE run_id = ? ORDER BY number'
    const found = this.#store.prepare(sql).all(id) as { difference: string }[]
    return { ...this.run(id), differences: found.map(({ difference }) => JSON.parse(difference) as DifferenceView) }
  }

  /** Newest first. */
  list(limit: number): ReconcileRun[] {
    const sql = `SELECT ${COLUMNS} FROM reconcile_run ORDER BY id DESC LIMIT ?`
    return (this.#store.prepare(sql).all(limit) as StoredRun[]).map(toRun)
  }

  /** What a run was about, to do it once more. @throws OutpostError NOT_FOUND */
  repeatable(id: number): NewRun {
    const { mirror, kind, scope, fromSeq } = this.#stored(id)
    const again = { mirror, kind, scope: JSON.parse(scope) as ReconcileScope, dryRun: false, fromSeq, approves: id }
    if (kind !== 'closed') return again
    const documents = new Map<string, Set<string>>()
    for (const difference of this.report(id).differences) {
      const { collection } = difference
      documents.set(collection, (documents.get(collection) ?? new Set()).add(difference.id))
    }
    return { ...again, documents }
  }

  /** When the newest one of a kind began that went over everything of it, or was stopped by a person; `undefined` without one. */
  lastBegun(mirror: string, kind: ReconcileKind): number | undefined {
    const sql = `SELECT started_at AS at FROM reconcile_run
      WHERE mirror = ? AND kind = ? AND ${IS_THROUGH} ORDER BY id DESC LIMIT 1`
    return (this.#store.prepare(sql).get(mirror, kind) as { at: number } | undefined)?.at
  }

  open(): { readonly documents: number; readonly waiting: readonly number[] } {
    const sql = `SELECT id, mirror, state, scope, kind, dry_run AS dryRun, open
      FROM reconcile_run INDEXED BY reconcile_run_open WHERE open > 0`
    const found = this.#store.prepare(sql).all() as OpenRun[]
    const dryRuns = found.filter(({ dryRun }) => dryRun === 1)
    // Where somebody has looked once more at what waits, it is told by that run.
    const isToldAgain = (run: OpenRun): boolean =>
      run.state === 'waiting' && dryRuns.some((dryRun) => dryRun.id > run.id && covers(dryRun, run))
    return {
      documents: found.reduce((sum, run) => sum + (isToldAgain(run) ? 0 : run.open), 0),
      waiting: found.flatMap(({ id, state }) => (state === 'waiting' ? id : [])),
    }
  }

  #close({ id, mirror, kind, scope, fromSeq, dryRun, approves }: StoredRun): void {
    if (approves !== null) {
      this.#store.prepare("UPDATE reconcile_run SET open = 0, state = 'approved' WHERE id = ?").run(approves)
    }
    // What another one has found is about other orders.
    if (kind === 'closed') return
    const coversAll = kind === 'all' && scope === '{}'
    // All that have something open ended before this one came to its turn. What waits for a person no dry run takes away.
    const sql = `UPDATE reconcile_run SET open = 0, state = CASE state WHEN 'waiting' THEN 'done' ELSE state END
      WHERE mirror = ? AND open > 0 AND id <> ? AND (? OR state <> 'waiting')
        AND (? OR (kind IN (?, ?) AND scope = ? AND from_seq >= ?))`
    const alike = kind === 'recent' ? 'closed' : kind
    this.#store.prepare(sql).run(mirror, id, Number(dryRun === 0), Number(coversAll), kind, alike, scope, fromSeq)
  }

  /** Not what waits or is open, nor each mirror's last one over everything: the next one is counted from it. */
  #deleteOld(newest: number): void {
    const sql = `DELETE FROM reconcile_run WHERE id <= ? AND open = 0 AND id NOT IN
      (SELECT MAX(id) FROM reconcile_run WHERE kind = 'all' AND ${IS_THROUGH} GROUP BY mirror) RETURNING id`
    const deleted = this.#store.prepare(sql).all(newest) as { id: number }[]
    const ofRun = this.#store.prepare('DELETE FROM reconcile_difference WHERE run_id = ?')
    for (const { id } of deleted) ofRun.run(id)
  }

  #stored(id: number): StoredRun {
    const found = this.#store.prepare(`SELECT ${COLUMNS} FROM reconcile_run WHERE id = ?`).get(id)
    if (found) return found as StoredRun
    throw new OutpostError(
      'NOT_FOUND',
      `there is no run ${id} of the reconciliation; outpost reconcile runs lists them`,
      {
        field: 'run',
      },
    )
  }

  /** Values of rows are personal data, as the documents are. */
  #forgetErased(run?: number): void {
    for (const { name, merge } of this.#store.declarations) {
      if (!merge.erasure) continue
      const sql = `SELECT DISTINCT document_id AS id FROM reconcile_difference WHERE collection = ? AND (? IS NULL OR run_id = ?)`
      const found = this.#store.prepare(sql).all(name, run ?? null, run ?? null) as { id: string }[]
      for (const { id } of found) {
        const doc = this.#store.table(name).get(id)
        if (doc && isErased(doc)) this.#forget(name, id)
      }
    }
  }

  #forget(collection: string, id: string): void {
    const sql = 'DELETE FROM reconcile_difference WHERE collection = ? AND document_id = ?'
    this.#store.prepare(sql).run(collection, id)
  }
}

/** Whether a dry run, which is always over everything or over a scope of it, was about all that another run was about. */
function covers(dryRun: OpenRun, run: OpenRun): boolean {
  if (dryRun.mirror !== run.mirror) return false
  return dryRun.scope === '{}' || (run.kind === 'all' && run.scope === dryRun.scope)
}

function toRun(stored: StoredRun): ReconcileRun {
  const { scope, dryRun, fromSeq: _, approves, startedAt, endedAt, branches, errorCode, errorMessage, ...rest } = stored
  return {
    ...rest,
    ...(JSON.parse(scope) as ReconcileScope),
    dryRun: dryRun === 1,
    startedAt: new Date(startedAt).toISOString(),
    ...(endedAt !== null && { endedAt: new Date(endedAt).toISOString() }),
    ...(approves !== null && { approves }),
    ...(branches !== null && { branches: JSON.parse(branches) as NonNullable<ReconcileRun['branches']> }),
    ...(errorCode !== null && { error: { code: errorCode, message: errorMessage ?? '' } }),
  }
}

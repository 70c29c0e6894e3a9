/** The chain's figures as people ask for them. They come from the mirror's database alone, and say how old they are. */
import { addDays, dayIn, dayRange, daysBetween } from '../adapters/mysql/dashboard-days.ts'
import {
  DASHBOARD_QUERIES,
  statementOf,
  type DashboardQuery as Definition,
} from '../adapters/mysql/dashboard-queries.ts'
import { DashboardReader, type DashboardLimits } from '../adapters/mysql/dashboard-reader.ts'
import type { Mirror } from '../adapters/mysql/mirror.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { DashboardQuery } from '../schemas/protocol/dashboard-query.ts'
import {
  MOST_DASHBOARD_DAYS,
  type Dashboard,
  type DashboardColumn,
  type DashboardList,
  type DashboardMirror,
  type DashboardName,
  type DashboardRow,
} from '../schemas/protocol/dashboards.ts'
import type { MirrorStatus } from '../schemas/protocol/status.ts'

export interface DashboardsParts {
  /** The mirror that is read; none where nothing is mirrored. */
  readonly target: { readonly name: string; readonly url: string } | undefined
  readonly mirrors: { status(): readonly MirrorStatus[]; named(name: string): Pick<Mirror, 'missed'> }
  readonly knowsBranch: (id: string) => boolean
  readonly timeZone: string
  readonly currency: string
  readonly nowMs: () => number
  readonly limits?: DashboardLimits
}

/** Of an answer to a question without days. */
const USUAL_DAYS = 30

type RawRow = Readonly<Record<string, string | number | null>>

export class Dashboards {
  readonly #parts: DashboardsParts
  readonly #reader: DashboardReader | undefined

  constructor(parts: DashboardsParts) {
    this.#parts = parts
    this.#reader = parts.target && new DashboardReader(parts.target.url, parts.limits)
  }

  list(): DashboardList {
    const { timeZone, currency } = this.#parts
    const mirror = this.#mirror(undefined)
    return {
      dashboards: DASHBOARD_QUERIES.map(({ sql: _sql, ...entry }) => entry),
      timeZone,
      currency,
      today: this.#today(),
      ...(mirror && { mirror }),
    }
  }

  /** @throws OutpostError BAD_REQUEST, BRANCH_UNKNOWN, TOO_BUSY, MIRROR_UNAVAILABLE, MIRROR_TABLES */
  async read(name: DashboardName, asked: DashboardQuery): Promise<Dashboard> {
    const { timeZone, currency: chainCurrency, target, mirrors, nowMs } = this.#parts
    const definition = DASHBOARD_QUERIES.find((one) => one.name === name)!
    const { from, to } = this.#days(asked)
    const branch = this.#branch(asked)
    if (!this.#reader || !target) {
      throw new OutpostError('MIRROR_UNAVAILABLE', 'headquarters mirrors into no database, and figures come from there')
    }
    const currency = definition.filters.includes('currency') ? asked.currency : undefined
    const scope = { range: dayRange(from, to, timeZone), to, branch, currency, chainCurrency }
    const { sql, parameters } = statementOf(definition, scope)
    const reading = this.#reader.read(async (session) => {
      const written = await session.rows<{ at: string | null }>(
        'SELECT CAST(updated_at AS CHAR) AS at FROM `outpost_mirror` WHERE name = ?',
        [target.name],
      )
      return {
        writtenAt: written[0]?.at ?? undefined,
        rows: await session.rows<RawRow>(`${sql} LIMIT ${asked.limit + 1}`, parameters),
      }
    })
    const { rows, writtenAt } = await reading.catch((error: unknown) => {
      throw error instanceof OutpostError ? mirrors.named(target.name).missed(error, definition.views) : error
    })
    return {
      name,
      from,
      to,
      ...(branch !== undefined && { branch }),
      ...(currency !== undefined && { currency }),
      timeZone,
      columns: definition.columns,
      rows: rows.slice(0, asked.limit).map((row) => readRow(definition, row)),
      truncated: rows.length > asked.limit,
      at: new Date(nowMs()).toISOString(),
      mirror: this.#mirror(writtenAt && `${writtenAt.replace(' ', 'T')}Z`)!,
    }
  }

  stop(): void {
    this.#reader?.stop()
  }

  #today(): string {
    return dayIn(this.#parts.timeZone, this.#parts.nowMs())
  }

  #days(asked: DashboardQuery): { from: string; to: string } {
    const to = asked.to ?? this.#today()
    const from = asked.from ?? addDays(to, 1 - USUAL_DAYS)
    const days = daysBetween(from, to) + 1
    if (days < 1) throw new OutpostError('BAD_REQUEST', 'from: not after the last day', { field: 'from' })
    if (days > MOST_DASHBOARD_DAYS) {
      throw new OutpostError('BAD_REQUEST', `from: at most ${MOST_DASHBOARD_DAYS} days at once`, { field: 'from' })
    }
    return { from, to }
  }

  #branch({ branch }: DashboardQuery): string | undefined {
    if (branch === undefined || this.#parts.knowsBranch(branch)) return branch
    throw new OutpostError('BRANCH_UNKNOWN', 'branch: there is no such branch', { field: 'branch' })
  }

  #mirror(writtenAt: string | undefined): DashboardMirror | undefined {
    const { target, mirrors } = this.#parts
    const status = mirrors.status().find(({ name }) => name === target?.name)
    if (!status) return undefined
    const { name, state, lag, filling = [] } = status
    const collections = filling.map(({ collection }) => collection)
    return { name, state, lag, filling: collections, ...(writtenAt !== undefined && { writtenAt }) }
  }
}

function readRow({ columns }: Definition, row: RawRow): DashboardRow {
  return Object.fromEntries(columns.map((column) => [column.name, readValue(column, row[column.name] ?? null)]))
}

/** Sums come as decimal text. */
function readValue({ kind }: DashboardColumn, value: string | number | null): string | number | null {
  if (value === null || kind === 'text' || kind === 'day') return value
  return Number(value)
}

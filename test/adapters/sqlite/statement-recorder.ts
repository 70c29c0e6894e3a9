/**
 * Listens to every statement that this process prepares on a SQLite database: its text, SQLite's plan for it, and the
 * places in the product that asked for it.
 */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { DocumentTable } from '../../../adapters/sqlite/document-table.ts'
import { StatementCache } from '../../../adapters/sqlite/statement-cache.ts'

export interface RecordedStatement {
  /** In the words of people: `documents` for the table of whatever collection, names of fields for their columns. */
  readonly sql: string
  /** The steps that SQLite takes, each indented below the one that it is part of; none for what searches nothing. */
  readonly plan: readonly string[]
  /** Of the collections whose tables it was prepared for; empty for plain tables. */
  readonly collections: ReadonlySet<string>
  /** The database files that it was prepared on. */
  readonly files: ReadonlySet<string>
}

export interface StatementRecorder {
  statements(): RecordedStatement[]
  /** Texts that were executed without being prepared. */
  executed(): ReadonlySet<string>
  /** `folder/file.ts:line` of every call that asked for a statement. */
  callSites(): ReadonlySet<string>
  stop(): void
}

interface Step {
  readonly id: number
  readonly parent: number
  readonly detail: string
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** Deep enough to see who asked through a store and its cache of statements. */
const STACK_DEPTH = 12

export function recordStatements(): StatementRecorder {
  const statements = new Map<string, RecordedStatement>()
  const executed = new Set<string>()
  const stacks = new Set<string>()
  const { prepare } = Database.prototype
  const prepareOn = (db: Database.Database, sql: string) => prepare.call(db, sql) as Database.Statement

  const noteStatement = (db: Database.Database, sql: string) => {
    const collections = new Set<string>()
    const named = inWords(db, sql, collections)
    const plan = isDefinition(sql) ? [] : planOf(db, sql).map((line) => inWords(db, line, collections))
    const key = JSON.stringify([named, plan])
    const known = statements.get(key)
    if (!known) {
      statements.set(key, { sql: named, plan, collections, files: new Set([db.name]) })
      return
    }
    for (const collection of collections) (known.collections as Set<string>).add(collection)
    ;(known.files as Set<string>).add(db.name)
  }

  /** Columns mean something else in each table, so its own list of them is asked. */
  const inWords = (db: Database.Database, text: string, collections: Set<string>): string => {
    const number = /\bdocuments_(\d+)/.exec(text)?.[1]
    if (number === undefined) return inShort(text)
    const sql = 'SELECT collection, columns FROM storage_key WHERE number = ?'
    const key = prepareOn(db, sql).get(Number(number)) as { collection: string; columns: string }
    const { fields } = JSON.parse(key.columns) as { fields: [string, string][] }
    collections.add(key.collection)
    const shown = text.replaceAll(/\bf(\d+)\b/g, (_, i: string) => fields[Number(i)]![0])
    return inShort(shown.replaceAll(/documents_\d+/g, 'documents'))
  }

  const planOf = (db: Database.Database, sql: string): string[] => {
    const parameters = sql.replaceAll(/'[^']*'/g, '').match(/\?/g) ?? []
    const steps = prepareOn(db, `EXPLAIN QUERY PLAN ${sql}`).all(parameters.map(() => null)) as Step[]
    const depth = (step: Step | undefined): number =>
      step ? 1 + depth(steps.find(({ id }) => id === step.parent)) : -1
    return steps.map((step) => `${'  '.repeat(depth(step))}${step.detail}`)
  }

  const spied = [
    spyOn(Database.prototype, 'prepare', noteStatement),
    spyOn(Database.prototype, 'exec', (_, sql) => void executed.add(sql)),
    ...(['prepare', 'preparePlucked'] as const).map((name) => spyOn(StatementCache.prototype, name)),
    ...(['select', 'count', 'iterate'] as const).map((name) => spyOn(DocumentTable.prototype, name)),
  ]

  function spyOn<T extends object>(
    prototype: T,
    name: keyof T & string,
    note?: (self: Database.Database, sql: string) => void,
  ): () => void {
    const original = prototype[name] as (...args: unknown[]) => unknown
    const spy = function (this: unknown, ...args: unknown[]): unknown {
      const limit = Error.stackTraceLimit
      Error.stackTraceLimit = STACK_DEPTH
      stacks.add(new Error('who asks').stack!)
      Error.stackTraceLimit = limit
      // First, so that a statement which changes the tables is explained by those that it finds.
      note?.(this as Database.Database, args[0] as string)
      return original.apply(this, args)
    }
    Object.assign(prototype, { [name]: spy })
    return () => void Object.assign(prototype, { [name]: original })
  }

  return {
    statements: () => [...statements.values()],
    executed: () => executed,
    callSites: () => new Set([...stacks].flatMap(sitesOf)),
    stop: () => spied.forEach((restore) => restore()),
  }
}

function sitesOf(stack: string): string[] {
  return [...stack.matchAll(/\(?([^\s(]+\.ts):(\d+):\d+\)?$/gm)].map(
    ([, file, line]) => `${relative(ROOT, file!)}:${line}`,
  )
}

function isDefinition(sql: string): boolean {
  return /^\s*(BEGIN|COMMIT|ROLLBACK|PRAGMA)\b/i.test(sql)
}

/** Without what only differs by how many columns or rows there are. */
function inShort(text: string): string {
  return text
    .replaceAll(/(?<=\S)\s+/g, ' ')
    .replace(/\(seq, id, .*?, doc\) VALUES/, '(seq, id, …, doc) VALUES')
    .replace(/SET seq = \?, id = \?, .*, doc = \?/, 'SET seq = ?, id = ?, …, doc = ?')
    .replace(/SCAN \d+-ROW VALUES CLAUSE/, 'SCAN n-ROW VALUES CLAUSE')
    .replace(/VALUES \(\?(, \?)*\)(, \(\?(, \?)*\))*/, 'VALUES (…)')
    .replaceAll(/\bIN \(\?(, \?)*\)/g, 'IN (…)')
    .trimEnd()
}

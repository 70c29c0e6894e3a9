/**
 * Whether a store's tables are those that this program makes. A store of an earlier state of the program would fail
 * somewhere later, in SQLite's words. SQLite keeps the text of every definition, so nothing has to be noted beside it.
 */
import Database from 'better-sqlite3'
import { OutpostError } from '../../schemas/outpost-error.ts'

interface Definition {
  readonly name: string
  /** Its statement, in short. */
  readonly definition: string
}

const MAX_LAYOUTS = 200

/** By what makes them: to make them and look takes longer than to open a store, and a process may open many. */
const layouts = new Map<string, readonly Definition[]>()

/**
 * @param sql what makes the tables in an empty database
 * @param lacking what to do if the store has one of them not at all: `made` where the caller makes it then
 * @throws OutpostError STORE_VERSION
 */
export function refuseOtherLayout(db: Database.Database, sql: string, lacking: 'refused' | 'made'): void {
  const stored = db.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').pluck()
  for (const { name, definition } of layouts.get(sql) ?? addLayout(sql)) {
    const found = stored.get(name) as string | undefined
    if (found === undefined ? lacking === 'made' : inShort(found) === definition) continue
    const what = found === undefined ? `it has no "${name}"` : `"${name}" is made otherwise there`
    throw new OutpostError('STORE_VERSION', `${db.name} was written by another version of Outpost: ${what}`)
  }
}

function addLayout(sql: string): readonly Definition[] {
  const empty = new Database(':memory:')
  try {
    empty.exec(sql)
    const all = 'SELECT name, sql AS definition FROM sqlite_schema WHERE sql IS NOT NULL'
    const made = empty.prepare(all).all() as Definition[]
    const layout = made.map(({ name, definition }) => ({ name, definition: inShort(definition) }))
    if (layouts.size >= MAX_LAYOUTS) layouts.clear()
    layouts.set(sql, layout)
    return layout
  } finally {
    empty.close()
  }
}

/** Neither a comment nor an indentation makes another layout. */
function inShort(definition: string): string {
  return definition.replaceAll(/--.*$/gm, '').replaceAll(/\s+/g, '')
}

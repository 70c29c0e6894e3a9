/** Why a table of a mapping cannot be mirrored: told when the mirror starts, before anything is written. */
import type { MirrorColumn, MirrorSource, MirrorTable } from '../../schemas/mirror-mapping.ts'
import { columnValue, isRefusal } from './column-value.ts'
import { isColumnType, VERSION_COLUMN } from './table-definition.ts'

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const PATH = /^(?:#|\^?[^.^#\s]+(?:\.[^.^#\s]+)*)$/
const SOURCE_KEYS: ReadonlySet<string> = new Set(['from', 'unless', 'or'])
const COLUMN_KEYS: ReadonlySet<string> = new Set([...SOURCE_KEYS, 'type', 'default'])

/**
 * The own table's key is the document's id alone and every other key begins with it, so that the rows of a document are
 * found by its id, whatever else of it has changed.
 *
 * @param index the table's place in its mapping
 * @param primary the field that holds the document's id
 */
export function mappingProblem(table: MirrorTable, index: number, primary: string): string | undefined {
  const names = [table.table, ...Object.keys(table.columns)]
  const wrongName = names.find((name) => !IDENTIFIER.test(name))
  if (wrongName !== undefined) return `${wrongName} is no name of letters, digits and _`
  if (table.columns[VERSION_COLUMN]) return `the column ${VERSION_COLUMN} belongs to the mirror`
  for (const [name, column] of Object.entries(table.columns)) {
    const problem = columnProblem(column, table.each !== undefined)
    if (problem !== undefined) return `its column ${name} ${problem}`
  }
  return keyProblem(table, index, primary)
}

function keyProblem(table: MirrorTable, index: number, primary: string): string | undefined {
  const unknown = [table.key, ...(table.indexes ?? [])].flat().find((column) => !table.columns[column])
  if (unknown !== undefined) return `its keys name ${unknown}, which is no column`
  const unbounded = table.key.find((column) => ['longtext', 'json'].includes(table.columns[column]!.type))
  if (unbounded !== undefined) return `${unbounded} is too long for a key`
  const id = table.each === undefined ? primary : `^${primary}`
  const first = table.columns[table.key[0] ?? '']
  if (first?.from !== id || first.type !== 'key' || first.unless || first.or) {
    return `its key must begin with a column of type key from ${id}`
  }
  if (index === 0 && (table.each !== undefined || table.key.length > 1)) {
    return "the first table is the document's own, its key the document's id alone"
  }
  return undefined
}

/** To follow "its column x". Declarations also come from files that no compiler has seen. */
function columnProblem(column: MirrorColumn, isChild: boolean): string | undefined {
  const unknown = Object.keys(column).find((key) => !COLUMN_KEYS.has(key))
  if (unknown !== undefined) return `has "${unknown}", which means nothing`
  if (!isColumnType(column.type)) return `has the type ${String(column.type)}, which there is not`
  const { type, default: otherwise } = column
  if (otherwise !== undefined && isRefusal(columnValue(type, otherwise))) return `has a default that is no ${type}`
  return sourceProblem(column, isChild)
}

function sourceProblem({ from, unless = [], or }: MirrorSource, isChild: boolean): string | undefined {
  if (!Array.isArray(unless)) return 'has an "unless" that is no list of paths'
  for (const path of [from, ...(unless as readonly string[])]) {
    if (typeof path !== 'string' || !PATH.test(path)) return `reads ${JSON.stringify(path)}, which is no path`
    if (!isChild && /^[\^#]/.test(path)) return `reads ${path}, which only a child table has`
  }
  if (or === undefined) return undefined
  if (typeof or !== 'object' || or === null) return 'has an "or" that is no source'
  const unknown = Object.keys(or).find((key) => !SOURCE_KEYS.has(key))
  return unknown === undefined ? sourceProblem(or, isChild) : `has "${unknown}" in a source, where it means nothing`
}

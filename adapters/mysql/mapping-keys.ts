/**
 * The keys of a mapping: mistakes and the reference (`docs/mirror.md`) say them in the same words. What a value means for
 * its column or table is looked at in `mapping-mistakes.ts`.
 */
import { isRecord } from '../../schemas/json.ts'
import { isColumnType, COLUMN_TYPE_NAMES } from './table-definition.ts'
import { zoneClock } from './mapping-time-zone.ts'

export interface MappingKey {
  /** What it does, in one or two plain sentences. */
  readonly about: string
  /** To follow "takes". */
  readonly allowed: string
  readonly needed?: true
  readonly fits: (value: unknown) => boolean
}

export type MappingKeys = Readonly<Record<string, MappingKey>>

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const PATH = /^(?:#|\^?[^.^#\s]+(?:\.[^.^#\s]+)*)$/
const A_NAME = 'a name of letters, digits and _'

/** Of MySQL, without quotes and 64 characters at most. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isPath = (value: unknown): boolean => typeof value === 'string' && PATH.test(value)
const isScalar = (value: unknown): boolean => value === null || isFilledScalar(value)
const isFilledScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
const isWhole =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
const isListOf =
  (fits: (one: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && value.every(fits)

const A_SCALAR = 'a text, a number, true or false'
const A_PATH = 'a path such as balance.points, ^id or #'

/** Of a whole mapping file. */
export const FILE_KEYS: MappingKeys = {
  version: { about: 'The kind of file.', allowed: '1', needed: true, fits: (value) => value === 1 },
  name: {
    about:
      'What the mirror is called, in commands and on the health page. Only in a file of `mirrors`, and needed there.',
    allowed: 'small letters, digits and dashes, 32 at most',
    fits: (value) => typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,31}$/.test(value),
  },
  urlFile: {
    about:
      'A file with one line, mysql://user:password@host:port/database, relative to this one. Only in a file of `mirrors`, and needed there.',
    allowed: 'a file that only its owner may read (mode 600)',
    fits: isText,
  },
  only: {
    about: 'Whether collections that are not named here have no tables; they have those of Outpost otherwise.',
    allowed: 'true or false',
    fits: isFlag,
  },
  create: {
    about:
      'Whether the mirror makes missing tables, columns, indexes and views; it does, unless this says false. It never changes or takes away any.',
    allowed: 'true or false',
    fits: isFlag,
  },
  collections: {
    about:
      'The tables of each collection, by its name: a list, the first of which is the table of the document itself. An empty list is none.',
    allowed: 'lists of tables by the names of collections',
    needed: true,
    fits: isRecord,
  },
}

export const TABLE_KEYS: MappingKeys = {
  table: {
    about: 'The name of the table.',
    allowed: A_NAME,
    needed: true,
    fits: isName,
  },
  key: {
    about:
      "The columns of its primary key. The first table of a collection has the document's id alone; every other key begins with it, as ^id where the table has `each`.",
    allowed: 'a list of its columns',
    needed: true,
    fits: isListOf(isName),
  },
  columns: {
    about: 'What each column holds, by its name. The column `ver` is always there and belongs to the mirror.',
    allowed: 'its columns by their names',
    needed: true,
    fits: isRecord,
  },
  indexes: {
    about: 'Further indexes for those who query.',
    allowed: 'a list of lists of its columns',
    fits: isListOf(isListOf(isName)),
  },
  each: {
    about: 'A list of the document whose elements are the rows. Without it the document itself is the one row.',
    allowed: 'a path such as lines',
    fits: (value) => isPath(value) && !/[\^#]/.test(String(value)),
  },
  where: {
    about:
      'Which have rows; all conditions must hold. In the first table a document for which one does not has no rows in any table, with `each` an element.',
    allowed: 'a list of conditions',
    fits: isListOf(isRecord),
  },
  keepsDeleted: {
    about:
      'Whether a deleted document keeps its rows, marked in a boolean column from _deleted. Only for the first table of a collection, and for all its tables.',
    allowed: 'true or false',
    fits: isFlag,
  },
  direction: {
    about:
      'Whether what other programs change in the table becomes a change of the document (both), or is overwritten (out).',
    allowed: 'out or both',
    fits: (value) => value === 'out' || value === 'both',
  },
  watermark: {
    about:
      "A further column, TIMESTAMP(3), in which the server notes when a row was changed. Needed with `both` where the server's log of changes cannot be read.",
    allowed: A_NAME,
    fits: isName,
  },
}

export const SOURCE_KEYS: MappingKeys = {
  from: {
    about:
      "Where the value stands: a field, a field of a field (balance.points), an element (phones.0); with `each` seen from the element, ^id being the document's field and # the element's place from 0. _deleted is whether the document is deleted.",
    allowed: A_PATH,
    fits: isPath,
  },
  unless: {
    about: 'Paths that rule this source out: where one of them holds anything but false, nothing is read.',
    allowed: 'a list of paths',
    fits: isListOf(isPath),
  },
  or: {
    about: 'The next source (from, unless, or), where this one gives nothing.',
    allowed: 'a source with its keys',
    fits: isRecord,
  },
}

export const COLUMN_KEYS: MappingKeys = {
  type: {
    about: 'What it holds; see the types below.',
    allowed: `one of ${COLUMN_TYPE_NAMES.join(', ')}`,
    needed: true,
    fits: (value) => typeof value === 'string' && isColumnType(value),
  },
  ...SOURCE_KEYS,
  constant: {
    about: 'The same value in every row, instead of `from`.',
    allowed: A_SCALAR,
    fits: isFilledScalar,
  },
  legacyId: {
    about:
      "The document's id in this other system, instead of `from`: of its aliases, or its own legacyId where its source is this one.",
    allowed: 'the name of a source',
    fits: isText,
  },
  default: {
    about: 'What it holds where nothing is found; NULL without it.',
    allowed: A_SCALAR,
    fits: isFilledScalar,
  },
  values: {
    about:
      'What it holds for each value of the document: {paid: 1, fulfilled: 2}. A value that is not there is refused.',
    allowed: 'values of the column by values of the document',
    fits: (value) => isRecord(value) && Object.keys(value).length > 0 && Object.values(value).every(isScalar),
  },
  otherwise: {
    about: 'What it holds for those that are not among `values`.',
    allowed: `${A_SCALAR}, or null`,
    fits: isScalar,
  },
  mask: {
    about: 'Shows of a phone no more than screens may: 138****5678.',
    allowed: 'phone',
    fits: (value) => value === 'phone',
  },
  timeZone: {
    about: 'By which clock a datetime or date is written; UTC without it.',
    allowed: 'a time zone such as Asia/Shanghai, or an offset such as +08:00',
    fits: (value) => typeof value === 'string' && zoneClock(value) !== undefined,
  },
  decimals: {
    about:
      'Places behind the point: of an amount (0 to 6, usually 2), a decimal (0 to 3) or the seconds of a datetime (0 to 3).',
    allowed: 'a whole number from 0 to 6',
    fits: isWhole(0, 6),
  },
  length: {
    about: 'How many characters a text has room for; usually 255. A longer one is refused.',
    allowed: 'a whole number from 1 to 16000',
    fits: isWhole(1, 16_000),
  },
  readonly: {
    about:
      'With `direction: both`: what is changed here by hand is overwritten, as it cannot be taken back into the document.',
    allowed: 'true or false',
    fits: isFlag,
  },
}

export const CONDITION_KEYS: MappingKeys = {
  field: { about: 'What is looked at, as in `from`.', allowed: A_PATH, needed: true, fits: isPath },
  is: { about: 'It must be this; null is nothing.', allowed: `${A_SCALAR}, or null`, fits: isScalar },
  in: { about: 'It must be one of these.', allowed: 'a list of values', fits: isListOf(isScalar) },
  not: { about: 'It must be anything else.', allowed: `${A_SCALAR}, or null`, fits: isScalar },
}

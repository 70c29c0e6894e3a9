import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  COLUMN_KEYS,
  CONDITION_KEYS,
  FILE_KEYS,
  TABLE_KEYS,
  type MappingKeys,
} from '../../adapters/mysql/mapping-keys.ts'
import { COLUMN_TYPE_NAMES } from '../../adapters/mysql/table-definition.ts'

const page = readFileSync(new URL('../../docs/mirror.md', import.meta.url), 'utf8')
const example = readFileSync(new URL('../../docs/examples/mirror.yaml', import.meta.url), 'utf8')

/** The cells of the table below a heading. */
function rowsBelow(heading: string): string[][] {
  const start = page.indexOf(`\n## ${heading}\n`)
  const lines = page.slice(start, page.indexOf('\n## ', start + 1)).split('\n')
  const cells = (row: string) => row.split('|').slice(1, -1)
  return lines
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((row) => cells(row).map((cell) => cell.trim()))
}

function keysIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(keysIn)]
}

describe('docs/mirror.md', () => {
  test.each<[string, MappingKeys]>([
    ['The file', FILE_KEYS],
    ['Tables', TABLE_KEYS],
    ['Columns', COLUMN_KEYS],
    ['Conditions', CONDITION_KEYS],
  ])('has below "%s" every key, in the words of the mistakes', (heading, keys) => {
    expect(rowsBelow(heading)).toEqual(
      Object.entries(keys).map(([name, { about, allowed, needed }]) => [
        `\`${name}\`${needed ? ', needed' : ''}`,
        allowed,
        about,
      ]),
    )
  })

  test('has every type', () => {
    expect(rowsBelow('Types').map(([type]) => type)).toEqual(COLUMN_TYPE_NAMES.map((name) => `\`${name}\``))
  })

  test('has an example in which the keys of tables and columns stand', () => {
    const used = new Set(keysIn(parse(example)))
    const elsewhere = ['unless', 'or', 'in']
    for (const name of [TABLE_KEYS, COLUMN_KEYS, CONDITION_KEYS].flatMap((keys) => Object.keys(keys))) {
      expect([name, used.has(name) || elsewhere.includes(name)]).toEqual([name, true])
    }
  })
})

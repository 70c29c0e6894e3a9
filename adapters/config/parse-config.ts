/**
 * The text of a configuration file, checked key by key. What stands there may be a secret in the wrong place, so no mistake
 * repeats a value.
 */
import type { z } from 'zod'
import { isRecord } from '../../schemas/json.ts'
import { factsAt, keysOf, type ConfigKey } from './config-key.ts'
import { nearestName } from './nearest-name.ts'
import { readYaml, type ConfigMistake, type LineOf } from './yaml-text.ts'

export type ParsedConfig<T> =
  | { readonly values: T; readonly lineOf: LineOf }
  | { readonly mistakes: readonly ConfigMistake[] }

export function parseConfig<T>(text: string, schema: z.ZodObject & z.ZodType<T>): ParsedConfig<T> {
  const read = readYaml(text)
  if ('mistakes' in read) return read
  const { content, lineOf } = read
  if (!isRecord(content))
    return { mistakes: [{ path: [], message: 'the file holds no keys with their values', line: 1 }] }
  const result = schema.safeParse(content)
  if (result.success) return { values: result.data, lineOf }
  return { mistakes: result.error.issues.flatMap((issue) => toMistakes(issue, schema, content, lineOf)) }
}

function toMistakes(
  issue: z.core.$ZodIssue,
  schema: z.ZodObject,
  content: unknown,
  lineOf: LineOf,
): readonly ConfigMistake[] {
  const whole = issue.path.map(String)
  // Of a list that is wrong somewhere.
  const path = issue.path.filter((part) => typeof part === 'string')
  const names = keysAt(schema, path).map(({ name }) => name)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => {
      const unknown = [...path, name]
      return { path: unknown, message: unknownKey(name, names), line: lineOf(unknown) }
    })
  }
  const takes = `takes ${factsAt(schema, path)?.allowed ?? `the keys ${names.join(', ')}`}`
  const given = valueAt(content, whole)
  const article = issue.code === 'invalid_type' ? 'a' : 'this'
  let message = `${takes}, and not ${article} ${nounOf(given)}`
  if (given === undefined) message = `is missing; it ${takes}`
  if (given === null) message = `has no value: put a "#" before it, or give it one; it ${takes}`
  return [{ path, message, line: lineOf(whole) }]
}

function unknownKey(name: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  const meant = near === undefined ? '; known are' : `: did you mean ${near}? Known are`
  return `is no known key${meant} ${known.join(', ')}`
}

function keysAt(schema: z.ZodObject, path: readonly string[]): readonly ConfigKey[] {
  const [first, ...rest] = path
  if (first === undefined) return keysOf(schema)
  const section = keysOf(schema).find(({ name }) => name === first)?.section
  return section ? keysAt(section, rest) : []
}

function valueAt(content: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
    content,
  )
}

function nounOf(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'boolean') return 'yes or no'
  if (typeof value === 'number') return 'number'
  return typeof value === 'string' ? 'text' : 'section with keys'
}

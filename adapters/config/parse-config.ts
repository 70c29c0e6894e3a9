/**
 * The text of a configuration file, checked key by key. What stands there may be a secret in the wrong place, so no mistake
 * repeats a value.
 */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { isRecord } from '../../schemas/json.ts'
import { factsAt, keysOf, type ConfigKey } from './config-key.ts'
import { nearestName } from './nearest-name.ts'

/** One thing that is wrong with a file. */
export interface ConfigMistake {
  /** Keys from the top of the file; empty where it is the file itself. */
  readonly path: readonly string[]
  readonly message: string
  /** 1 is the first. */
  readonly line?: number | undefined
}

export type LineOf = (path: readonly string[]) => number | undefined

export type ParsedConfig<T> =
  | { readonly values: T; readonly lineOf: LineOf }
  | { readonly mistakes: readonly ConfigMistake[] }

/** The reader's own words repeat what they met. */
const YAML_WORDS: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE: 'a "\\" in double quotes; put single ones around it',
  BAD_INDENT: 'keys of one section begin in the same column',
  BLOCK_AS_IMPLICIT_KEY: 'each key has a line of its own; put a value with ": " in it in quotes',
  DUPLICATE_KEY: 'this key stands there twice',
  MISSING_CHAR: 'a quote, a bracket or a colon is missing',
  MULTIPLE_DOCS: 'a line "---" begins another file',
  TAB_AS_INDENT: 'a tab; put blanks there',
}

export function parseConfig<T>(text: string, schema: z.ZodObject & z.ZodType<T>): ParsedConfig<T> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const broken = [...document.errors, ...document.warnings]
  if (broken.length > 0) {
    return {
      mistakes: broken.map(({ code, pos }) => {
        const message = `the file is no YAML here: ${YAML_WORDS[code] ?? 'this cannot be understood'}`
        return { path: [], message, line: lines.linePos(pos[0]).line }
      }),
    }
  }
  const content = toContent(document)
  if (!isRecord(content))
    return { mistakes: [{ path: [], message: 'the file holds no keys with their values', line: 1 }] }
  const lineOf: LineOf = (path) => findLine(document, lines, path)
  const result = schema.safeParse(content)
  if (result.success) return { values: result.data, lineOf }
  return { mistakes: result.error.issues.flatMap((issue) => toMistakes(issue, schema, content, lineOf)) }
}

/** `undefined` for what no reader could follow, such as aliases that multiply without end. */
function toContent(document: Document): unknown {
  try {
    return document.toJS() ?? {}
  } catch {
    return undefined
  }
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

/** The line of a key, or of the nearest one above it that is there. */
function findLine(document: Document, lines: LineCounter, path: readonly string[]): number | undefined {
  let node: unknown = document.contents
  let line: number | undefined
  for (const name of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === name) : undefined
    const at: unknown = pair ? pair.key : isSeq(node) ? node.items[Number(name)] : undefined
    if (!isNode(at) || !at.range) return line
    line = lines.linePos(at.range[0]).line
    node = pair ? pair.value : at
  }
  return line
}

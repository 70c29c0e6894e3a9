/** The text of a mapping file: YAML (so also JSON) in which every scalar is text, `NULL`, `no` and `007` included. */
import { isNode, LineCounter, parseDocument, type Document } from 'yaml'
import type { Mistake } from './mapping.ts'

export interface MappingText {
  /** Maps, lists and strings; `undefined` where the text is no YAML at all. */
  readonly content: unknown
  readonly mistakes: readonly Mistake[]
  /** The 1-based line at which a path stands, or the nearest part of it that is there. */
  readonly lineOf: (path: readonly string[]) => number | undefined
}

/** @param parameters fill `${name}` wherever the mapping has a text */
export function readMappingText(text: string, parameters: Readonly<Record<string, string>>): MappingText {
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, prettyErrors: false })
  const lineOf = (path: readonly string[]) => findLine(document, lines, path)
  const errors = document.errors.map(({ message, pos }) => ({
    path: [],
    message: `line ${lines.linePos(pos[0]).line}: ${message}`,
  }))
  if (errors.length > 0) return { content: undefined, mistakes: errors, lineOf }
  const mistakes: Mistake[] = []
  try {
    return { content: fillParameters(document.toJS(), parameters, [], mistakes), mistakes, lineOf }
  } catch (error) {
    // An alias without an anchor, or aliases that multiply without end.
    return { content: undefined, mistakes: [{ path: [], message: (error as Error).message }], lineOf }
  }
}

function fillParameters(
  value: unknown,
  parameters: Readonly<Record<string, string>>,
  path: readonly string[],
  mistakes: Mistake[],
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([^{}]*)\}/g, (whole, name: string) => {
      if (Object.hasOwn(parameters, name)) return parameters[name]!
      mistakes.push({ path, message: `needs a value for ${whole}; give it with --set ${name}=…` })
      return whole
    })
  }
  if (Array.isArray(value)) return value.map((item, i) => fillParameters(item, parameters, [...path, `${i}`], mistakes))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fillParameters(item, parameters, [...path, key], mistakes)]),
  )
}

function findLine(document: Document, lines: LineCounter, path: readonly string[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return undefined
}

/** A YAML text with the lines of its keys. What stands there may be a secret in the wrong place, so no mistake repeats a value. */
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { firstOf } from './first-of.ts'

/** One thing that is wrong with a file. */
export interface ConfigMistake {
  /** Keys from the top of the file; empty where it is the file itself. */
  readonly path: readonly string[]
  readonly message: string
  /** 1 is the first. */
  readonly line?: number | undefined
}

/** Of a key, or of the nearest one above it that is there. */
export type LineOf = (path: readonly string[]) => number | undefined

export type YamlText =
  | { readonly content: unknown; readonly lineOf: LineOf }
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

export function readYaml(text: string): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const broken = [...document.errors, ...document.warnings]
  if (broken.length === 0) {
    return { content: toContent(document), lineOf: (path) => findLine(document, lines, path) }
  }
  return {
    mistakes: broken.map(({ code, pos }) => {
      const message = `the file is no YAML here: ${YAML_WORDS[code] ?? 'this cannot be understood'}`
      return { path: [], message, line: lines.linePos(pos[0]).line }
    }),
  }
}

/** What a person can take in; a list that is repeated by an alias may have any number. */
const MOST_LINES = 100

/** In the order of their lines, each once. @param field where the first one is of the file itself */
export function mistakesError(file: string, mistakes: readonly ConfigMistake[], field: string): OutpostError {
  const inOrder = mistakes.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const inWords = inOrder.map(({ path, message, line }) => {
    const where = line === undefined ? file : `${file}, line ${line}`
    return path.length === 0 ? `${where}: ${message}` : `${where}: ${path.join('.')} ${message}`
  })
  return new OutpostError('BAD_CONFIGURATION', firstOf(inWords, MOST_LINES).join('\n'), {
    field: inOrder[0]!.path.join('.') || field,
  })
}

/** `undefined` for what no reader could follow, such as aliases that multiply without end. */
function toContent(document: Document): unknown {
  try {
    return document.toJS() ?? {}
  } catch {
    return undefined
  }
}

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

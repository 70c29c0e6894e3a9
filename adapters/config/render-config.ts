/** A configuration file as it is written for a new node: every key stands there, with what it does. */
import { parseDocument, stringify } from 'yaml'
import type { z } from 'zod'
import { isRecord, type Json } from '../../schemas/json.ts'
import { keysOf, type ConfigKey, type KeyFacts } from './config-key.ts'

export type ConfigValues = { readonly [key: string]: Json | undefined }

const WIDTH = 88

/**
 * A key has the value that is asked for, or its default; where there is neither it is off, behind a `#` that can be taken
 * away.
 *
 * @param about what the file is, as its first lines
 * @param off keys whose default is not to stand there, because the store has another value in force
 */
export function renderConfig(
  schema: z.ZodObject,
  {
    about,
    values,
    off = [],
  }: { readonly about: string; readonly values: ConfigValues; readonly off?: readonly string[] },
): string {
  const legend =
    'Lines that begin with "#" and no blank after it are settings that are off: take the "#" of a line away to turn it on. Paths are relative to the folder of this file. Keep it readable by its owner only (mode 600).'
  const blocks = keysOf(schema).map((key) => renderKey(key, values[key.name], off.includes(key.name)).join('\n'))
  return `${[...comment(about), ...comment(legend)].join('\n')}\n\n${blocks.join('\n\n')}\n`
}

function renderKey({ name, facts, section }: ConfigKey, asked: Json | undefined, isOff: boolean): string[] {
  if (!section) {
    const value = asked ?? (isOff ? undefined : facts.default)
    const shown = `${name}: ${inline(value ?? facts.default ?? facts.example ?? null)}`
    return [...aboutKey(facts), value === undefined ? `#${shown}` : shown]
  }
  const values = isRecord(asked) ? asked : undefined
  // One that has to be asked for is off as a whole until it is.
  const isOn = values !== undefined || (!isOff && keysOf(section).every(({ facts }) => facts.default !== undefined))
  const inner = keysOf(section)
    .flatMap((key) => renderKey(key, values?.[key.name], !isOn))
    .map((line) => (isOn ? `  ${line}` : `#  ${line.replace(/^#(?! )/, '')}`))
  return [...comment(facts.about), `${isOn ? '' : '#'}${name}:`, ...inner]
}

function aboutKey({ about, allowed }: KeyFacts): string[] {
  return [...comment(about), ...(allowed === undefined ? [] : comment(`Allowed: ${allowed}.`))]
}

/** On one line. */
function inline(value: Json): string {
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd()
}

function comment(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(`# ${word}`)
  }
  return lines
}

/** The text of a file with some of its values changed; all else, its comments included, stays. */
export function changeConfig(text: string, changes: ConfigValues): string {
  const document = parseDocument(text)
  const change = (values: ConfigValues, above: readonly string[]) => {
    for (const [name, value] of Object.entries(values)) {
      const path = [...above, name]
      if (isRecord(value)) change(value, path)
      else if (value !== undefined && document.getIn(path) !== value) document.setIn(path, value)
    }
  }
  change(changes, [])
  return document.toString({ flowCollectionPadding: false, lineWidth: 0 })
}

/** The configuration file of a node, `outpost.yaml` in its data folder: read before a start, written once. */
import { closeSync, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { z } from 'zod'
import { isRecord, type Json } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { branchConfigSchema } from './branch-config.ts'
import { cloudConfigSchema } from './cloud-config.ts'
import { keysOf } from './config-key.ts'
import { parseConfig } from './parse-config.ts'
import { mistakesError, type ConfigMistake, type LineOf } from './yaml-text.ts'

export function configFileIn(dataDir: string): string {
  return join(dataDir, 'outpost.yaml')
}

/**
 * What the file of a node says, its paths made absolute; nothing where there is none.
 *
 * @throws OutpostError BAD_CONFIGURATION, which names every mistake with its line
 */
export function readConfig<T extends z.ZodObject>(dataDir: string, schema: T): z.output<T> {
  const file = configFileIn(dataDir)
  const text = readPrivate(file, 'outpost.yaml')
  if (text === undefined) return schema.parse({})
  const parsed = parseConfig(text, schema)
  if ('mistakes' in parsed) {
    // One may be a slip.
    if (parsed.mistakes.length > 1) refuseOtherSide(dataDir, text, schema)
    throw mistakesError(file, parsed.mistakes, 'outpost.yaml')
  }
  const { values, lineOf } = parsed
  const absolute = withAbsolutePaths(values as JsonRecord, schema, dirname(file))
  const mistakes = pathMistakes(absolute, schema, lineOf)
  if (mistakes.length > 0) throw mistakesError(file, mistakes, 'outpost.yaml')
  return schema.parse(absolute)
}

/** A whole file of the other side says nothing of mistakes: the folder is the wrong one. */
function refuseOtherSide(dataDir: string, text: string, schema: z.ZodObject): void {
  const isBranch = schema === branchConfigSchema
  if ('mistakes' in parseConfig(text, isBranch ? cloudConfigSchema : branchConfigSchema)) return
  const [is, wanted] = isBranch ? ['headquarters', 'a branch'] : ['a branch', 'headquarters']
  const message = `${dataDir} is the data folder of ${is}: name that of ${wanted} with --data`
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
}

/**
 * A file that names secrets; `undefined` where there is none.
 *
 * @throws OutpostError BAD_CONFIGURATION where others than its owner may read it, or it cannot be read
 */
export function readPrivate(file: string, field: string): string | undefined {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (cause) {
    // Of a folder that is none, whoever opens the store says so.
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new OutpostError('BAD_CONFIGURATION', `${file} ${reasonOf(cause)}`, { field, cause })
  }
  try {
    const stats = fstatSync(descriptor)
    const wrong = stats.isFile() ? openToOthers(stats) : 'is no file'
    if (wrong !== undefined) throw new OutpostError('BAD_CONFIGURATION', `${file} ${wrong}`, { field })
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

type JsonRecord = { readonly [key: string]: Json | undefined }

function withAbsolutePaths(values: JsonRecord, schema: z.ZodObject, folder: string): JsonRecord {
  const entries = keysOf(schema).flatMap(({ name, facts, section }) => {
    const value = values[name]
    if (value === undefined) return []
    if (section && isRecord(value)) return [[name, withAbsolutePaths(value, section, folder)] as const]
    return [[name, facts.path ? absolute(value, folder) : value] as const]
  })
  return Object.fromEntries(entries)
}

/** Of one path, or of a list of them. */
function absolute(value: Json, folder: string): Json {
  if (Array.isArray(value)) return value.map((one: Json) => absolute(one, folder))
  return typeof value === 'string' ? resolve(folder, value) : value
}

/** Files that are named and are not there, or are secret and open to others. */
function pathMistakes(
  values: JsonRecord,
  schema: z.ZodObject,
  lineOf: LineOf,
  above: readonly string[] = [],
): readonly ConfigMistake[] {
  return keysOf(schema).flatMap(({ name, facts, section }) => {
    const path = [...above, name]
    const value = values[name]
    if (section && isRecord(value)) return pathMistakes(value, section, lineOf, path)
    if (facts.path === undefined || facts.path === 'folder') return []
    const files = typeof value === 'string' ? [{ file: value, at: path }] : listed(value, path)
    return files.flatMap(({ file, at }) => {
      const wrong = wrongWithFile(file, facts.path === 'secret')
      return wrong === undefined
        ? []
        : [{ path, message: `takes ${facts.allowed}: ${file} ${wrong}`, line: lineOf(at) }]
    })
  })
}

function listed(value: Json | undefined, path: readonly string[]) {
  if (!Array.isArray(value)) return []
  return value.flatMap((file: Json, at) => (typeof file === 'string' ? [{ file, at: [...path, String(at)] }] : []))
}

function wrongWithFile(file: string, isSecret: boolean): string | undefined {
  try {
    const stats = statSync(file)
    if (!stats.isFile()) return 'is no file'
    return isSecret ? openToOthers(stats) : undefined
  } catch (error) {
    return reasonOf(error)
  }
}

function openToOthers({ mode }: Stats): string | undefined {
  // Windows says nothing with these bits.
  if (process.platform === 'win32' || (mode & 0o077) === 0) return undefined
  const octal = (mode & 0o777).toString(8).padStart(3, '0')
  return `has mode ${octal}, so that others than its owner may use it: chmod 600 it`
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'is not there'
  return code === 'EACCES' || code === 'EPERM' ? 'may not be read by this user' : `cannot be read (${String(code)})`
}

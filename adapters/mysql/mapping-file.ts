/** The file that maps collections to the tables of one database: YAML, or a module (.mjs) that exports the same. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { isRecord } from '../../schemas/json.ts'
import type { MirrorMapping } from '../../schemas/mirror-mapping.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { mistakesError, readYaml, type LineOf } from '../config/yaml-text.ts'
import { FILE_KEYS } from './mapping-keys.ts'
import { checkKeys, mappingMistakes, unknownKey, type MappingMistake, type Report } from './mapping-mistakes.ts'
import { mirroredCollections } from './mirrored-collection.ts'

export interface MappingFile {
  /** The chain's, with the tables that the file gives them. */
  readonly declarations: readonly CollectionDeclaration[]
  /** Whether what is missing may be made. */
  readonly create: boolean
}

/** A file that stands for a database by itself. */
export interface MirrorFile extends MappingFile {
  readonly name: string
  /** Absolute. */
  readonly urlFile: string
}

/** @throws OutpostError BAD_CONFIGURATION, which names every mistake, with its line where it is YAML */
export async function readMappingFile(
  file: string,
  declarations: readonly CollectionDeclaration[],
): Promise<MappingFile> {
  const { content } = await readChecked(file, declarations, (path, report) => {
    if (path === 'name' || path === 'urlFile') report([path], 'is only for a file of `mirrors`')
  })
  return withTables(file, content, declarations)
}

/** @throws OutpostError BAD_CONFIGURATION, which names every mistake, with its line where it is YAML */
export async function readMirrorFile(
  file: string,
  declarations: readonly CollectionDeclaration[],
): Promise<MirrorFile> {
  const { content } = await readChecked(file, declarations, () => undefined, ['name', 'urlFile'])
  const { name, urlFile } = content as { name: string; urlFile: string }
  return { ...withTables(file, content, declarations), name, urlFile: resolve(dirname(file), urlFile) }
}

async function readChecked(
  file: string,
  declarations: readonly CollectionDeclaration[],
  look: (key: string, report: Report) => void,
  needed: readonly string[] = [],
): Promise<{ readonly content: Record<string, unknown> }> {
  const { content, lineOf } = await readContent(file)
  const mistakes: MappingMistake[] = []
  const report: Report = (path, message) => void mistakes.push({ path, message })
  if (checkKeys(content, FILE_KEYS, [], report)) {
    for (const key of Object.keys(content)) look(key, report)
    for (const key of needed) {
      if (content[key] === undefined) report([key], `is missing; it takes ${FILE_KEYS[key]!.allowed}`)
    }
    const collections = isRecord(content['collections']) ? content['collections'] : {}
    for (const [name, tables] of Object.entries(collections)) {
      checkCollection(name, tables, declarations, report)
    }
  }
  if (mistakes.length > 0 || !isRecord(content)) {
    const withLines = mistakes.map((mistake) => ({ ...mistake, line: lineOf(mistake.path) }))
    throw mistakesError(file, withLines, 'mapping')
  }
  return { content }
}

function checkCollection(
  name: string,
  tables: unknown,
  declarations: readonly CollectionDeclaration[],
  report: Report,
): void {
  const path = ['collections', name]
  const declaration = declarations.find((one) => one.name === name)
  if (!declaration) {
    const names = declarations.map((one) => one.name)
    return report(path, unknownKey(name, names))
  }
  if (Array.isArray(tables) && tables.length === 0) return undefined
  for (const mistake of mappingMistakes(tables, declaration)) report([...path, ...mistake.path], mistake.message)
}

async function readContent(file: string): Promise<{ readonly content: unknown; readonly lineOf: LineOf }> {
  try {
    if (/\.[cm]?js$/.test(file)) {
      const { default: content } = (await import(pathToFileURL(file).href)) as { default?: unknown }
      return { content, lineOf: () => undefined }
    }
    const read = readYaml(readFileSync(file, 'utf8'))
    if ('mistakes' in read) throw mistakesError(file, read.mistakes, 'mapping')
    return read
  } catch (cause) {
    if (cause instanceof OutpostError) throw cause
    const message = `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'mapping', cause })
  }
}

function withTables(
  file: string,
  content: Record<string, unknown>,
  declarations: readonly CollectionDeclaration[],
): MappingFile {
  const tables = content['collections'] as Readonly<Record<string, MirrorMapping | readonly []>>
  const mapped = declarations.map((declaration) => {
    const { mirror: declared, ...rest } = declaration
    const given = Object.hasOwn(tables, declaration.name) ? tables[declaration.name]! : undefined
    const mirror = given ?? (content['only'] === true ? [] : (declared ?? []))
    return mirror.length === 0 ? rest : { ...rest, mirror: mirror as MirrorMapping }
  })
  try {
    mirroredCollections(mapped)
  } catch (cause) {
    if (!(cause instanceof OutpostError)) throw cause
    throw new OutpostError('BAD_CONFIGURATION', `${file}: ${cause.message}`, { field: 'mapping', cause })
  }
  return { declarations: mapped, create: content['create'] !== false }
}

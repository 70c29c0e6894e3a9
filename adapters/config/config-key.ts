/**
 * What is known of each key of a configuration file beside its type. Mistakes, the written file and the reference
 * (`docs/configuration.md`) all say it in these words.
 */
import { z } from 'zod'

export interface KeyFacts {
  /** What it does, in one or two plain sentences. */
  readonly about: string
  /** What may stand there, such as `true or false`; a section is allowed its keys. */
  readonly allowed?: string
  /** What is in force where the file says nothing. */
  readonly default?: string | number | boolean
  /** Stands in a new file behind a `#` where nothing is asked for and there is no default. */
  readonly example?: string | readonly string[]
  /** Of a path, which is relative to the folder of the file; a `secret` may be read by its owner only. */
  readonly path?: 'file' | 'secret' | 'folder'
}

const known = new WeakMap<z.core.$ZodType, KeyFacts>()

function describe<T extends z.core.$ZodType>(schema: T, facts: KeyFacts): T {
  known.set(schema, facts)
  return schema
}

/** A key that may be left out. */
export function key<T extends z.ZodType>(schema: T, facts: KeyFacts): z.ZodOptional<T> {
  return describe(schema.optional(), facts)
}

/** A key that its section needs. */
export function neededKey<T extends z.ZodType>(schema: T, facts: KeyFacts): T {
  return describe(schema.clone(), facts)
}

/** Several keys under one, which may be left out together. */
export function section<T extends z.core.$ZodLooseShape>(
  about: string,
  keys: T,
): z.ZodOptional<z.ZodObject<T, z.core.$strict>> {
  return describe(z.strictObject(keys).optional(), { about })
}

/** The keys of a file or section in their order, each with what stands under it where that is a section. */
export function keysOf(schema: z.ZodObject): readonly ConfigKey[] {
  return Object.entries(schema.shape).map(([name, one]) => {
    const inner = one instanceof z.ZodOptional ? one.unwrap() : one
    return { name, facts: known.get(one)!, ...(inner instanceof z.ZodObject && { section: inner }) }
  })
}

export interface ConfigKey {
  readonly name: string
  readonly facts: KeyFacts
  readonly section?: z.ZodObject
}

/** What is known of the key that a path leads to, or of the nearest one above it. */
export function factsAt(schema: z.ZodObject, path: readonly PropertyKey[]): KeyFacts | undefined {
  const [first, ...rest] = path
  const found = keysOf(schema).find(({ name }) => name === first)
  return found?.section && rest.length > 0 ? factsAt(found.section, rest) : found?.facts
}

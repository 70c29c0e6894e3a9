/** Options of commands whose values go into a configuration file: checked as the file is. */
import { InvalidArgumentError } from 'commander'
import type { z } from 'zod'
import { factsAt } from './config-key.ts'

/** A parser of a value for one key of the file. */
export function optionOf(schema: z.ZodObject, ...path: readonly string[]): (text: string) => string {
  return (text) => checked(schema, path, text, text)
}

/** As for `optionOf`, of an option that may be given more than once: each adds to the list. */
export function listOptionOf(schema: z.ZodObject, name: string): (text: string, before?: string[]) => string[] {
  return (text, before = []) => {
    const list = [...before, text]
    return checked(schema, [name], list, list)
  }
}

function checked<T>(schema: z.ZodObject, path: readonly string[], value: unknown, result: T): T {
  const inFile = path.toReversed().reduce<unknown>((inner, name) => ({ [name]: inner }), value)
  if (schema.safeParse(inFile).success) return result
  throw new InvalidArgumentError(`Allowed: ${factsAt(schema, path)?.allowed}.`)
}

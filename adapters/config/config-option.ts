/** Options of commands whose values go into a configuration file: checked as the file is. */
import { InvalidArgumentError } from 'commander'
import type { z } from 'zod'
import { factsAt } from './config-key.ts'

/** A parser of a value for one key of the file. */
export function optionOf(schema: z.ZodObject, ...path: readonly string[]): (text: string) => string {
  return (text) => {
    const inFile = path.toReversed().reduce<unknown>((inner, name) => ({ [name]: inner }), text)
    if (schema.safeParse(inFile).success) return text
    throw new InvalidArgumentError(`Allowed: ${factsAt(schema, path)?.allowed}.`)
  }
}

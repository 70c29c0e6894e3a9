/** Errors as people read them: what is wrong, and what to do. */
import { inspect } from 'node:util'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
import { withoutPhones } from '../../schemas/phone-like.ts'
import { toFileError } from '../sqlite/file-error.ts'
import { EXIT } from './exit-codes.ts'

/** Writes to stderr and returns the exit code. With `json` it writes the one error shape. */
export function reportError(cause: unknown, json = false): number {
  const error = toFileError(cause) ?? cause
  if (json) {
    process.stderr.write(`${JSON.stringify(toErrorBody(error))}\n`)
    return EXIT.failed
  }
  if (error instanceof OutpostError) {
    process.stderr.write(`outpost: ${error.message} [${error.code}]\n  ${ERROR_CATALOGUE[error.code].remedy}\n`)
  } else {
    process.stderr.write(`outpost: ${inWords(error)}\n`)
  }
  return EXIT.failed
}

/** RxDB, for one, throws plain objects that carry whole documents and schemas. */
const WORDS_LENGTH = 1000

function inWords(error: unknown): string {
  if (error instanceof Error) return error.stack ?? error.message
  if (typeof error === 'string') return error
  const { message, code } = (error ?? {}) as { readonly message?: unknown; readonly code?: unknown }
  if (typeof message === 'string') return typeof code === 'string' ? `${message} [${code}]` : message
  return withoutPhones(inspect(error, { depth: 3, breakLength: Infinity })).slice(0, WORDS_LENGTH)
}

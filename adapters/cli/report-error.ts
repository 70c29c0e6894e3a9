/** Errors as people read them: what is wrong, and what to do. */
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
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
    process.stderr.write(`outpost: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  }
  return EXIT.failed
}

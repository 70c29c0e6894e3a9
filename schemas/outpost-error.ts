/** The one error that Outpost throws; `code` is listed with meaning and remedy in `error-catalogue.ts`. */
import type { ErrorCode } from './error-catalogue.ts'

/** The shape in which every error leaves a node. */
export interface ErrorBody {
  readonly code: ErrorCode
  readonly message: string
  readonly field?: string
  readonly requestId?: string
}

export class OutpostError extends Error {
  readonly code: ErrorCode
  readonly field: string | undefined
  /** When it may be tried again, seconds: the answer's `Retry-After`. */
  readonly retryAfterS: number | undefined
  override readonly name = 'OutpostError'

  constructor(
    code: ErrorCode,
    message: string,
    options: { field?: string; cause?: unknown; retryAfterS?: number } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.field = options.field
    this.retryAfterS = options.retryAfterS
  }
}

export function toErrorBody(error: unknown, requestId?: string): ErrorBody {
  const known = error instanceof OutpostError
  return {
    code: known ? error.code : 'INTERNAL',
    message: known ? error.message : 'The node met an error that it did not expect; its log says more.',
    ...(known && error.field !== undefined && { field: error.field }),
    ...(requestId !== undefined && { requestId }),
  }
}

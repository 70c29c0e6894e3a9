/** What is said of tables that MySQL misses: the mirror sees to them whenever it connects. */
import { OutpostError } from '../../schemas/outpost-error.ts'

/** Whether MySQL itself has just said so: what has been told in words already is told once. */
export function missesTables({ code, cause }: OutpostError): boolean {
  return code === 'MIRROR_TABLES' && cause !== undefined && !(cause instanceof OutpostError)
}

/**
 * The failure as whoever asks hears it.
 *
 * @param create whether the mirror may make what is missing
 */
export function asTold(failure: OutpostError, create: boolean): OutpostError {
  if (!missesTables(failure)) return failure
  const now = create
    ? 'the mirror looks at its tables again: what is missing it makes, and writes it anew; ask again afterwards'
    : 'the mirror looks at its tables again, but may make none by its configuration; make them, then ask again'
  return new OutpostError('MIRROR_TABLES', `${failure.message}; ${now}`, { cause: failure })
}

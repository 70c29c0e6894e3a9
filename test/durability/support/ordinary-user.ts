/** Rights of files mean nothing to root, which tests may run as. */

/** @param work synchronous */
export function asOrdinaryUser<T>(work: () => T): T {
  if (process.geteuid!() !== 0) return work()
  process.seteuid!(NOBODY)
  try {
    return work()
  } finally {
    process.seteuid!(0)
  }
}

const NOBODY = 65_534

/** Runs a node until it is told to stop, and stops it in order whatever ends it. */

const STOP_DEADLINE_MS = 10_000

/** Resolves after SIGINT, SIGTERM or SIGHUP, when `stop` is through; a second signal ends the process at once. */
export async function runUntilSignal(stop: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    const heard = () => {
      for (const signal of SIGNALS) {
        process.off(signal, heard)
        process.on(signal, () => process.exit(130))
      }
      resolve()
    }
    for (const signal of SIGNALS) process.on(signal, heard)
  })
  const deadline = setTimeout(() => process.exit(1), STOP_DEADLINE_MS)
  await stop()
  clearTimeout(deadline)
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

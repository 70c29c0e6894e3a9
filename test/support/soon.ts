/** What has to be seen soon after its cause; who sees it too late is told how late it was. */

/** Of the health page: each state is shown within so many ms of its cause. */
export const SOON_MS = 5000
/** Until then it is looked whether it comes at all, for the message. */
const EVER_MS = 60_000

/** Waits until it is seen; rejects after so many ms. */
export type Sight = (timeoutMs: number) => Promise<unknown>

/**
 * Measured from before the cause, on the monotonic clock.
 *
 * @param seen by what they are; all of them are looked for together
 */
export async function soon(
  cause: () => unknown,
  seen: Readonly<Record<string, Sight>>,
  { soonMs = SOON_MS, everMs = EVER_MS } = {},
): Promise<void> {
  const sinceMs = performance.now()
  await cause()
  const late = await Promise.all(
    Object.entries(seen).map(async ([what, sight]) => {
      try {
        await sight(Math.max(1, soonMs - (performance.now() - sinceMs)))
        return []
      } catch (error) {
        const after = await sight(everMs).then(
          () => `it was ${Math.round(performance.now() - sinceMs)} ms`,
          () => `not in ${everMs} ms more either: ${String(error)}`,
        )
        return [`${what}: not seen within ${soonMs} ms of its cause; ${after}`]
      }
    }),
  )
  if (late.some((lines) => lines.length > 0)) throw new Error(late.flat().join('\n'))
}

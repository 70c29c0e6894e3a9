/**
 * The signal of a request, or of other work, under one that lives for as long as the node. `AbortSignal.any` is not for
 * that: on Node 20 the long-lived signal keeps some 45 bytes of every signal that was ever made from it.
 */

/** Gives the work a signal of its own that each of the parents aborts; they have forgotten it when the work is over. */
export async function withOwnSignal<T>(
  parents: readonly AbortSignal[],
  work: (own: AbortController) => Promise<T>,
): Promise<T> {
  const own = new AbortController()
  const follow = () => own.abort(parents.find(({ aborted }) => aborted)?.reason)
  for (const parent of parents) parent.addEventListener('abort', follow)
  try {
    if (parents.some(({ aborted }) => aborted)) follow()
    return await work(own)
  } finally {
    for (const parent of parents) parent.removeEventListener('abort', follow)
  }
}

/** The work's signal aborts with a `TimeoutError` when its time is over. */
export function withDeadline<T>(
  deadlineMs: number,
  parent: AbortSignal,
  work: (own: AbortController) => Promise<T>,
): Promise<T> {
  return withOwnSignal([parent], async (own) => {
    const late = () => own.abort(new DOMException(`not within ${deadlineMs} ms`, 'TimeoutError'))
    const timer = setTimeout(late, deadlineMs)
    try {
      return await work(own)
    } finally {
      clearTimeout(timer)
    }
  })
}

/** Waits for work that usually ends soon, and no longer than somebody at a till would. What it comes to does not matter. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([work.then(undefined, () => undefined), late])
  clearTimeout(timer)
}

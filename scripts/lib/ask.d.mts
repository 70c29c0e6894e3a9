/** Types of ask.mjs for TypeScript. */

/** Whether the question was answered with yes. */
export type Ask = (question: string) => Promise<boolean>

interface Terminal {
  isTTY?: boolean
}

/**
 * Nobody is asked and the answer is yes with `CI=true` or `OUTPOST_YES=1`; without a terminal nobody can be asked and
 * the answer is no.
 */
export declare function createAsk(
  env: NodeJS.ProcessEnv,
  input?: NodeJS.ReadableStream & Terminal,
  output?: NodeJS.WritableStream & Terminal,
): Ask

/** The page of error codes as Markdown, from the catalogue. */
import type { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'

interface Entry {
  readonly status: number
  readonly meaning: string
  readonly remedy: string
}

const HEAD = `# Errors

<!-- Generated from schemas/error-catalogue.ts by scripts/docs/generate-errors.ts. Do not edit. -->

Every error leaves a node in one shape, with the HTTP status of its code:

\`\`\`json
{ "code": "ORDER_TRANSITION", "message": "what is wrong", "field": "status", "requestId": "…" }
\`\`\`

\`field\` is there where one field is at fault. \`requestId\` is also in the response header \`x-request-id\`, and in the
node's log for errors of status 500 and above. The same codes name the reason in the outcome of a document that was
refused, in exceptions, in the last error of a status, and in what the \`outpost\` command prints:
\`outpost: message [CODE]\`, then what to do.

`

/** Sorted by code, so that a new code changes one place. */
export function renderErrors(catalogue: typeof ERROR_CATALOGUE): string {
  const entries: [string, Entry][] = Object.entries(catalogue)
  const sections = entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { status, meaning, remedy }]) =>
        `## ${code}\n\nHTTP ${status}. ${meaning}\n\n**What to do:** ${remedy}\n`,
    )
  return HEAD + sections.join('\n')
}

/** What became of each imported record; the answer of an import is one for each record, in their order. */
export interface ImportResult {
  readonly outcome: 'inserted' | 'updated' | 'unchanged' | 'rejected'
  /** Why it was rejected: a code of the error catalogue, the field, and the reason in words. */
  readonly code?: string
  readonly field?: string
  readonly reason?: string
  /** The record was taken, but a person should know something. */
  readonly warning?: string
}

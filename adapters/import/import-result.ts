/** What became of each imported record; the answer of an import. */
import { z } from 'zod'

export const importResultSchema = z.object({
  outcome: z.enum(['inserted', 'updated', 'unchanged', 'rejected']),
  code: z.string().optional(),
  field: z.string().optional(),
  reason: z.string().optional(),
  /** The record was taken, but a person should know something. */
  warning: z.string().optional(),
})
export type ImportResult = z.infer<typeof importResultSchema>
export const importResultsSchema = z.array(importResultSchema)

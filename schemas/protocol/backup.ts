/** What is said of backups: by the check of a file, by `POST /api/backups`, in the status. */
import { z } from 'zod'
import type { ErrorBody } from '../outpost-error.ts'

/** What a whole store file says of itself. */
export const storeFactsSchema = z.object({
  /** Absent in a store that no node has started on yet. */
  identity: z
    .object({
      node: z.enum(['branch', 'cloud']),
      branchId: z.string().optional(),
      /** Names the chain without telling its key. */
      chain: z.string(),
    })
    .optional(),
  /** The last opening of the store before it was copied. */
  epoch: z.string(),
  seq: z.number(),
  /** Live documents by collection. */
  documents: z.record(z.string(), z.number()),
  bytes: z.number(),
})

export type StoreFacts = z.infer<typeof storeFactsSchema>
export type StoreIdentity = NonNullable<StoreFacts['identity']>

export interface BackupReport extends StoreFacts {
  readonly file: string
  readonly tookMs: number
}

/** The events of `POST /api/backups`; the last one is a report or an error. */
export type BackupEvent =
  /** 0 to 1: how much is copied. */
  { readonly progress: number } | { readonly report: BackupReport } | { readonly error: ErrorBody }

export const backupRequestSchema = z.object({
  /** An absolute path: a folder, or a file that does not exist yet. Without it the node's own folder. */
  to: z.string().min(1).max(4096).optional(),
})

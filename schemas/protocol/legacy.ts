/** What a branch says of the legacy database that it imports from. */
import type { StatusError } from './status.ts'

export interface LegacyStatus {
  /** As the mapping names it, once it has been read. */
  readonly source?: string
  /**
   * `starting`: it is looked at; `importing`: all rows are read; `following`: changes are taken; `still`: all rows were
   * read and nobody looks for changes; `waiting`: it is tried again after `lastError`.
   */
  readonly state: 'starting' | 'importing' | 'following' | 'still' | 'waiting'
  /** How changes are found. */
  readonly by?: 'binlog' | 'watermark'
  /** While it is imported: what has been read since the start, and of what. */
  readonly progress?: { readonly section: 'member' | 'order'; readonly rows: number }
  /** Documents that changed since the node was started. */
  readonly changes: number
  readonly lastChangeAt?: string
  /** Rows that were not taken; `GET /api/legacy` lists them. */
  readonly rejects: number
  /** What a person should know, newest last. */
  readonly notes: readonly { readonly at: string; readonly text: string }[]
  readonly lastError?: StatusError
}

export interface LegacyRejectView {
  readonly source: string
  readonly kind: 'member' | 'order'
  readonly legacyId: string
  readonly code: string
  readonly field?: string
  readonly reason: string
  readonly at: string
}

/** `GET /api/legacy`. */
export interface LegacyView {
  /** None without a legacy database in the configuration. */
  readonly status?: LegacyStatus
  /** The newest thousand. */
  readonly rejects: readonly LegacyRejectView[]
}

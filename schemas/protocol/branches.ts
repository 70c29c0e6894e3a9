/** What is asked and answered about branches by headquarters' API and commands. */
import { z } from 'zod'
import type { BranchDocument } from '../collections/branches.ts'
import { accountName } from './accounts.ts'
import type { Position } from './exchange.ts'
import type { BranchPc, BranchRow, DayStats, RecoveryStatus } from './status.ts'

/** Nothing that is not meant: a mistyped `dryRun` would be the real thing. */
export const branchOrderSchema = z.strictObject({ dryRun: z.boolean().default(false) })
export const keepOrderSchema = branchOrderSchema.extend({ epoch: z.string().min(1).max(64) })

/** One start of the branch's store, as headquarters has heard of it. */
export interface BranchStartView extends BranchPc {
  /** The one that headquarters speaks with; `suspect` ones are not let in until a person decides; a `dead` one never again. */
  readonly state: 'current' | 'earlier' | 'suspect' | 'dead'
}

/** Everything that headquarters knows of a branch. */
export interface BranchDetail {
  readonly branch: BranchDocument
  readonly row: BranchRow
  /** The newest 50, newest first. */
  readonly starts: readonly BranchStartView[]
  /** Where the branch stood at its last heartbeat, by class. */
  readonly positions: Readonly<Record<string, Position & { readonly loading?: boolean | undefined }>>
  /** By collection, the version that the branch knows. */
  readonly schemas: Readonly<Record<string, number>>
  /** It is to take a fresh snapshot, and has not said yet that it has. */
  readonly snapshotAsked: boolean
  /** What it sold, the day that was told last first. */
  readonly days: readonly DayStats[]
}

export interface BranchOutcome {
  readonly dryRun: boolean
  /** As it is afterwards. */
  readonly detail: BranchDetail
}

export interface RecoveryOutcome {
  readonly dryRun: boolean
  /** The recovery that was ended. */
  readonly ended: RecoveryStatus
}

/** `GET /api/recovery`. */
export interface RecoveryView {
  readonly recovery?: RecoveryStatus
}

/** A key of a branch; `earlier` ones live beside the current one for a while. */
export interface BranchKeyView {
  readonly keyId: string
  readonly state: 'current' | 'earlier' | 'ended' | 'revoked'
  readonly addedAt: string
  readonly lastUsedAt?: string
  readonly endsAt?: string
  readonly revokedAt?: string
}

export interface IssuedCode {
  /** Shown once; only its hash is kept. */
  readonly code: string
  readonly expiresAt: string
}

export interface RevokeOutcome {
  readonly dryRun: boolean
  /** Keys that were good until then. */
  readonly revoked: number
}

/** A program that is let in as an RxDB client of one branch, by a token. */
export interface ProgramView {
  readonly id: string
  readonly name: string
  readonly branchId: string
  readonly createdAt: string
  /** To the hour. */
  readonly lastSeenAt?: string
}

export const newProgramSchema = z.strictObject({
  name: accountName,
  branchId: z.string().min(1).max(64),
})

/** A row of a table of documents, as it is read. */
import type { Seq } from '../../schemas/brand.ts'
import type { Doc } from '../../schemas/json.ts'

/** What a branch still has to tell headquarters about a row. */
export const ROW_STATE = { clean: 0, dirty: 1, retry: 2, parked: 3 } as const
export type RowState = (typeof ROW_STATE)[keyof typeof ROW_STATE]

export interface DocumentRow {
  readonly seq: Seq
  readonly id: string
  readonly state: RowState
  /** When the row became pending, ms since 1970 by this node's clock; 0 for a clean one. */
  readonly since: number
  /** The seq with which the row became pending; 0 for a clean one. What is pending is served in this order. */
  readonly pending: number
  readonly scope: string
  /** The node that the document last came from; '' for this one. */
  readonly origin: string
  readonly hash: number
  readonly doc: Doc
}

export interface RowPage {
  readonly rows: DocumentRow[]
  /** Their documents are long, and more may follow. */
  readonly isCut: boolean
}

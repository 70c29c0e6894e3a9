/** What a test can ask of `older-page.ts`. */
import type { Doc } from '../../schemas/json.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'

export interface OlderPage {
  open(session: BranchSession): Promise<number>
  /** Sends and fetches until nothing is unsent and the node has been heard. */
  exchange(): Promise<void>
  write(collection: 'members' | 'orders', doc: Doc): Promise<void>
  fill(members: readonly Doc[]): Promise<void>
  /** How a node answers whose program is newer: the code. */
  problem(): Promise<string>
}

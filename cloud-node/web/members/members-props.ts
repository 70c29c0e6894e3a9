import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'

/** What everything in the room needs. */
export interface MembersProps {
  readonly account: SessionAccount
  readonly branches: readonly { readonly id: string; readonly name: string }[]
  /** Says what was done. */
  readonly onSay: (text: string) => void
}

export function branchName({ branches }: Pick<MembersProps, 'branches'>, id: string): string {
  return branches.find((branch) => branch.id === id)?.name ?? id
}

/** Who may do what at headquarters' page. The node decides; a page only leaves out what would be refused. */
import type { JSX } from 'preact'
import { ACCOUNT_ROLES, type AccountRole } from '../../../schemas/access.ts'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import { c } from './console-words.ts'

export function may({ role }: SessionAccount, needed: AccountRole): boolean {
  return ACCOUNT_ROLES.indexOf(role) >= ACCOUNT_ROLES.indexOf(needed)
}

/** Said to whoever may only look. */
export function LookOnly(props: {
  account: SessionAccount
  needed: Exclude<AccountRole, 'viewer'>
}): JSX.Element | null {
  if (may(props.account, props.needed)) return null
  return (
    <p class="muted small" data-testid="look-only">
      {c('look.only', { role: c(`role.${props.needed}`) })}
    </p>
  )
}

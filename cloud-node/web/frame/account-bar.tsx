/** Who is logged in, and the way out. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import { logOut } from './session.ts'
import { t } from '../words.ts'

export function AccountBar({ account }: { account: SessionAccount }): JSX.Element {
  const [failed, setFailed] = useState(false)
  const leave = async () => setFailed(!(await logOut()))
  return (
    <>
      <span data-testid="account">
        {account.name} <small class="muted">{t(`role.${account.role}`)}</small>
      </span>
      <Button kind="quiet" testId="sign-out" onClick={() => void leave()}>
        {t('account.out')}
      </Button>
      {failed && <Notice tone="bad">{t('account.out.failed')}</Notice>}
    </>
  )
}

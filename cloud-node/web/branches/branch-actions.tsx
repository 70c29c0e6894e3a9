/** What can be done with a branch as it stands; each asks first and says what has become of it. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatNumber } from '../../../adapters/ui/format.ts'
import type { AccountRole } from '../../../schemas/access.ts'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import type { IssuedCode, RevokeOutcome } from '../../../schemas/protocol/branches.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode } from '../frame/ask-node.ts'
import { may } from '../frame/may.tsx'
import { b } from './branch-words.ts'
import { EnrolmentCode } from './enrolment-code.tsx'
import { RenameBranch } from './rename-branch.tsx'

const ACTIONS = ['code', 'disable', 'enable', 'revoke', 'resnapshot', 'retire', 'revive'] as const
type Action = (typeof ACTIONS)[number]

/** Where that is not the name. */
const ADDRESS: Partial<Record<Action, string>> = { resnapshot: 'snapshot' }

export function BranchActions(props: {
  row: BranchRow
  account: SessionAccount
  onSay: (text: string) => void
}): JSX.Element {
  const { row, account } = props
  const { name } = row
  const asked = useSignal<Action | 'rename' | undefined>(undefined)
  const code = useSignal<IssuedCode | undefined>(undefined)
  const close = (): void => {
    asked.value = undefined
  }
  const done = (action: Action, answer: unknown): void => {
    close()
    if (action === 'code') {
      code.value = answer as IssuedCode
      return
    }
    const count = action === 'revoke' ? formatNumber((answer as RevokeOutcome).revoked) : ''
    props.onSay(b(`${action}.done`, { name, count }))
  }
  const action = asked.value
  const ways = ACTIONS.filter((one) => isOffered(one, row) && may(account, neededFor(one)))
  return (
    <>
      <div class="row">
        {ways.map((one) => (
          <Button key={one} testId={`do-${one}`} onClick={() => (asked.value = one)}>
            {b(one)}
          </Button>
        ))}
        {may(account, 'administrator') && (
          <Button testId="do-rename" onClick={() => (asked.value = 'rename')}>
            {b('rename')}
          </Button>
        )}
      </div>
      {action === 'rename' && (
        <RenameBranch
          row={row}
          onDone={(now) => {
            close()
            props.onSay(b('rename.done', { name: now }))
          }}
          onClose={close}
        />
      )}
      {action !== undefined && action !== 'rename' && (
        <AskFirst<unknown>
          title={b(`${action}.title`, { name })}
          confirm={b(action)}
          doIt={() => tellNode(`/api/branches/${encodeURIComponent(row.id)}/${ADDRESS[action] ?? action}`, {})}
          onDone={(answer) => done(action, answer)}
          onClose={close}
        >
          <p>{b(`${action}.text`)}</p>
          {action === 'retire' && <Waiting row={row} />}
        </AskFirst>
      )}
      {code.value && <EnrolmentCode name={name} issued={code.value} onClose={() => (code.value = undefined)} />}
    </>
  )
}

function Waiting({ row }: { row: BranchRow }): ComponentChildren {
  const count = row.reported?.backlog.documents ?? 0
  return count > 0 && <p class="bad">{b('retire.waiting', { count: formatNumber(count) })}</p>
}

function isOffered(action: Action, { enabled, retired }: BranchRow): boolean {
  if (action === 'revive') return retired === true
  if (retired) return false
  if (action === 'enable') return !enabled
  if (action === 'disable' || action === 'code') return enabled
  return true
}

function neededFor(action: Action): AccountRole {
  return action === 'enable' || action === 'disable' ? 'operator' : 'administrator'
}

/**
 * Shows what would follow from a decision about members, then does it. A preview holds for what is filled in, and as long
 * as nobody else decides something: then what follows now is shown instead.
 */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { formatNumber } from '../../../adapters/ui/format.ts'
import type { MemberOutcome } from '../../../schemas/protocol/identity.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode, type Answer } from '../frame/ask-node.ts'
import { balanceInWords } from './chain-currency.ts'
import { isSameOutcome } from './member-text.ts'
import { m } from './member-words.ts'

export function AskMember(props: {
  title: string
  confirm: string
  path: string
  /** `undefined` while something is missing. */
  decision: object | undefined
  children: ComponentChildren
  onDone: (outcome: MemberOutcome) => void
  onClose: () => void
}): JSX.Element {
  const { title, confirm, path, decision, children, onDone, onClose } = props
  const preview = useSignal<Seen | undefined>(undefined)
  const of = JSON.stringify(decision)
  const seen = preview.value?.of === of ? preview.value : undefined
  const doIt = async (): Promise<Answer<MemberOutcome>> => {
    const now = await tellNode<MemberOutcome>(path, { ...decision, dryRun: true })
    return now.ok && seen && isSameOutcome(now.value, seen.outcome) ? tellNode(path, { ...decision }) : now
  }
  return (
    <AskFirst<MemberOutcome>
      title={title}
      confirm={seen ? confirm : m('preview')}
      ready={decision !== undefined}
      doIt={doIt}
      onDone={(outcome) => {
        if (outcome.dryRun) preview.value = { of, outcome, isOther: seen !== undefined }
        else onDone(outcome)
      }}
      onClose={onClose}
    >
      {children}
      {seen && <Preview {...seen} />}
    </AskFirst>
  )
}

interface Seen {
  /** What was filled in. */
  readonly of: string
  readonly outcome: MemberOutcome
  /** Than what was shown before for the same. */
  readonly isOther: boolean
}

function Preview({ outcome, isOther }: Seen): JSX.Element {
  const { decisions, documents, balances } = outcome
  return (
    <div class="stack" role="status" data-testid="preview">
      <h3>{m('preview.title')}</h3>
      {isOther && <p>{m('preview.other')}</p>}
      <ul>
        {decisions.length === 0 && <li>{m('preview.none')}</li>}
        {decisions.map(({ id, what, memberId, into }) => (
          <li key={id} class="member-room">
            {into === undefined
              ? m('decision.one', { what: m(`decision.${what}`), member: memberId })
              : m('decision.into', { what: m(`decision.${what}`), member: memberId, into })}
          </li>
        ))}
        {balances.map(({ memberId, before, after }) => (
          <li key={memberId}>
            {m('preview.balance', { member: memberId, before: balanceInWords(before), after: balanceInWords(after) })}
          </li>
        ))}
        <li>{m('preview.documents', { count: formatNumber(documents) })}</li>
      </ul>
    </div>
  )
}

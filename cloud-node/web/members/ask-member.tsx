/** Shows what would follow from a decision about members, then does it. A preview holds for what is filled in, and no longer. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { formatNumber } from '../../../adapters/ui/format.ts'
import type { MemberOutcome } from '../../../schemas/protocol/identity.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode } from '../frame/ask-node.ts'
import { balanceInWords } from './chain-currency.ts'
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
  const preview = useSignal<{ readonly of: string; readonly outcome: MemberOutcome } | undefined>(undefined)
  const of = JSON.stringify(decision)
  const seen = preview.value?.of === of ? preview.value?.outcome : undefined
  return (
    <AskFirst<MemberOutcome>
      title={title}
      confirm={seen ? confirm : m('preview')}
      ready={decision !== undefined}
      doIt={() => tellNode(path, { ...decision, ...(!seen && { dryRun: true }) })}
      onDone={(outcome) => {
        if (outcome.dryRun) preview.value = { of, outcome }
        else onDone(outcome)
      }}
      onClose={onClose}
    >
      {children}
      {seen && <Preview outcome={seen} />}
    </AskFirst>
  )
}

function Preview({ outcome }: { outcome: MemberOutcome }): JSX.Element {
  const { decisions, documents, balances } = outcome
  return (
    <div class="stack" role="status" data-testid="preview">
      <h3>{m('preview.title')}</h3>
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

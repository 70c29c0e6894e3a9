/**
 * Shows what would follow from a decision about members, then does it. A preview holds for what is filled in, and as long
 * as nobody else decides something: then what follows now is shown instead.
 */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { formatList, formatNumber } from '../../../adapters/ui/format.ts'
import type { MemberOutcome, MemberView } from '../../../schemas/protocol/identity.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode, type Answer } from '../frame/ask-node.ts'
import { balanceInWords } from './chain-currency.ts'
import { isSameOutcome } from './member-text.ts'
import { askTypedMember, namedMember, type TypedMember } from './member-typed.ts'
import { m } from './member-words.ts'

export function AskMember(props: {
  title: string
  confirm: string
  path: string
  /** `undefined` while something is missing. */
  decision: object | undefined
  /** The member that it goes `into`. */
  into?: TypedMember | undefined
  /** Of those whom it can be about, where it may make a member that is not yet there. */
  ids?: readonly string[] | undefined
  children: ComponentChildren
  onDone: (outcome: MemberOutcome) => void
  onClose: () => void
}): JSX.Element {
  const { title, confirm, path, decision, children, onDone, onClose } = props
  const preview = useSignal<Seen | undefined>(undefined)
  const stays = useSignal<MemberView | undefined>(undefined)
  const of = JSON.stringify([decision, props.into])
  const seen = preview.value?.of === of ? preview.value : undefined
  const doIt = async (): Promise<Answer<MemberOutcome>> => {
    const other = props.into && (await askTypedMember(props.into))
    if (other && !other.ok) return other
    stays.value = other?.value
    const said = { ...decision, ...(other && props.into && { into: namedMember(props.into, other.value) }) }
    const now = await tellNode<MemberOutcome>(path, { ...said, dryRun: true })
    return now.ok && seen && isSameOutcome(now.value, seen.outcome) ? tellNode(path, said) : now
  }
  return (
    <AskFirst<MemberOutcome>
      title={title}
      confirm={seen ? confirm : m('preview')}
      ready={decision !== undefined}
      doIt={doIt}
      onDone={(outcome) => {
        if (outcome.dryRun) preview.value = { of, outcome, stays: stays.value, isOther: seen !== undefined }
        else onDone(outcome)
      }}
      onClose={onClose}
    >
      <div class="stack member-room">
        {children}
        {seen && <Preview {...seen} ids={props.ids} />}
      </div>
    </AskFirst>
  )
}

interface Seen {
  /** What was filled in. */
  readonly of: string
  readonly outcome: MemberOutcome
  /** Whoever it goes into. */
  readonly stays: MemberView | undefined
  /** Than what was shown before for the same. */
  readonly isOther: boolean
}

function Preview({ outcome, stays, isOther, ids }: Seen & { ids: readonly string[] | undefined }): JSX.Element {
  const { decisions, documents, balances } = outcome
  // It gets another id when it is done.
  const called = (id: string): string => (ids && id === outcome.memberId && !ids.includes(id) ? m('preview.new') : id)
  return (
    <div class="stack" role="status" data-testid="preview">
      <h3>{m('preview.title')}</h3>
      {stays && (
        <p>{m('preview.stays', { name: stays.name || m('unnamed'), phones: formatList(stays.phones) || '—' })}</p>
      )}
      {isOther && <p>{m('preview.other')}</p>}
      <ul class="follows">
        {decisions.length === 0 && <li>{m('preview.none')}</li>}
        {decisions.map(({ id, what, memberId, into }) => (
          <li key={id}>
            {into === undefined
              ? m('decision.one', { what: m(`decision.${what}`), member: called(memberId) })
              : m('decision.into', { what: m(`decision.${what}`), member: called(memberId), into: called(into) })}
          </li>
        ))}
        {balances.map(({ memberId, before, after }) => (
          <li key={memberId}>
            {m('preview.balance', {
              member: called(memberId),
              before: balanceInWords(before),
              after: balanceInWords(after),
            })}
          </li>
        ))}
        <li>{m('preview.documents', { count: formatNumber(documents) })}</li>
      </ul>
    </div>
  )
}

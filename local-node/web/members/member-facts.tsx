/** Who a member is, in a glance: name, the phones held today, the balance, who may see it. */
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { SHARED_SCOPE } from '../../../schemas/brand.ts'
import { phonesOfMember } from '../../../schemas/collections/members.ts'
import type { AppState } from '../frame/app-state.ts'
import type { MemberCard } from './member-card.ts'
import { MemberPhones } from './member-phones.tsx'
import { pendingBalance, useBalance } from './use-balance.ts'
import { t } from '../words.ts'

export function MemberFacts(props: {
  state: AppState
  member: MemberCard
  known?: boolean
  /** The member's own page: its name is the heading, and each balance has a line of its own. */
  page?: boolean
}): JSX.Element {
  const { state, member, page = false } = props
  const Heading = page ? 'h2' : 'h3'
  const name = member.name || t('members.unnamed')
  return (
    <>
      <div class="avatar" aria-hidden="true">
        {[...member.name][0] ?? '?'}
      </div>
      <div class="member-facts">
        <Heading>{name}</Heading>
        <div class="muted member-line">
          <MemberPhones phones={phonesOfMember(member)} name={name} />
          {!page && <Balance state={state} member={member} />}
        </div>
        <p class="row tight">
          {props.known && <Badge tone="good">{t('members.known')}</Badge>}
          {member.released === true && <Badge tone="unknown">{t('members.released')}</Badge>}
          <Badge tone="neutral">{member.scope === SHARED_SCOPE ? t('members.shared') : t('members.private')}</Badge>
        </p>
      </div>
    </>
  )
}

/** In one line. */
function Balance({ state, member }: { state: AppState; member: MemberCard }): JSX.Element {
  const balance = useBalance(state, member)
  return (
    <span>
      {balance ? t('members.points', { points: formatNumber(balance.points) }) : t('members.points.none')}
      {balance && balance.value !== 0 && (
        <> · {t('members.value', { value: formatMoney(balance.value, state.store.session.currency) })}</>
      )}
    </span>
  )
}

/** Points and stored value, and what of them headquarters has not counted yet. */
export function BalanceFigures({ state, member }: { state: AppState; member: MemberCard }): JSX.Element {
  const { currency } = state.store.session
  const balance = useBalance(state, member)
  const pending = pendingBalance(state, member)
  const points = balance ? t('members.points', { points: formatNumber(balance.points) }) : t('members.points.none')
  return (
    <div class="member-figures">
      <div>
        <strong class={balance ? '' : 'muted'}>{points}</strong>
        {pending.points !== 0 && (
          <small class="muted" data-testid="points-pending">
            {t('member.pending', { amount: signed(pending.points, formatNumber) })}
          </small>
        )}
      </div>
      <div>
        <strong>{t('members.value', { value: formatMoney(balance?.value ?? 0, currency) })}</strong>
        {pending.value !== 0 && (
          <small class="muted" data-testid="value-pending">
            {t('member.pending', { amount: signed(pending.value, (value) => formatMoney(value, currency)) })}
          </small>
        )}
      </div>
    </div>
  )
}

function signed(amount: number, inWords: (amount: number) => string): string {
  return `${amount > 0 ? '+' : '−'}${inWords(Math.abs(amount))}`
}

/** Who a member is, in a glance: name, the phones held today, the balance, who may see it. */
import type { JSX } from 'preact'
import { Badge } from '../../adapters/ui/badge.tsx'
import { formatMoney, formatNumber } from '../../adapters/ui/format.ts'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import { phonesOfMember } from '../../schemas/collections/members.ts'
import type { MemberCard } from './member-card.ts'
import { maskPhone } from '../../schemas/phone.ts'
import type { AppState } from './app-state.ts'
import { t } from './words.ts'
import { useBalance } from './use-balance.ts'

export function MemberFacts(props: {
  state: AppState
  member: MemberCard
  known?: boolean
  heading?: 'h2' | 'h3'
}): JSX.Element {
  const { state, member, heading: Heading = 'h3' } = props
  const { currency } = state.store.session
  const balance = useBalance(state, member)
  const phones = phonesOfMember(member).map(maskPhone)
  return (
    <>
      <div class="avatar" aria-hidden="true">
        {(member.name || '?').slice(0, 1)}
      </div>
      <div class="member-facts">
        <Heading>{member.name || t('members.unnamed')}</Heading>
        <p class="muted">
          <span data-testid="member-phones">{phones.length > 0 ? phones.join(', ') : t('members.phone.none')}</span> ·{' '}
          {balance ? t('members.points', { points: formatNumber(balance.points) }) : t('members.points.none')}
          {balance && balance.value !== 0 && (
            <> · {t('members.value', { value: formatMoney(balance.value, currency) })}</>
          )}
        </p>
        <p class="row tight">
          {props.known && <Badge tone="good">{t('members.known')}</Badge>}
          {member.released === true && <Badge tone="unknown">{t('members.released')}</Badge>}
          <Badge tone="neutral">{member.scope === SHARED_SCOPE ? t('members.shared') : t('members.private')}</Badge>
        </p>
      </div>
    </>
  )
}

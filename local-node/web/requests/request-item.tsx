/** One request: what was asked, when, how it stands, and what the person who decided it said. */
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { formatTime } from '../../../adapters/ui/format.ts'
import type { MemberCard } from '../members/member-card.ts'
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import { maskPhone } from '../../../schemas/phone.ts'
import { hashOf, type AppState } from '../frame/app-state.ts'
import { isOpen } from '../members/member-request.ts'
import { nameOfHeld, phoneOfRequest, stateWord, toneOf, whyWord, wishWord } from './request-words.ts'
import { t } from '../words.ts'

export function RequestItem(props: { state: AppState; request: RequestDocument; linked: boolean }): JSX.Element {
  const { state, request } = props
  const here = state.here.value
  void state.members.version.value
  const { memberId, registrations } = request
  // A registration that was granted may have become somebody else than the number stands for.
  const [registrationId] = registrations
  const owner =
    request.state === 'granted' && registrationId !== undefined
      ? here.memberOf({ memberId, registrationId })
      : undefined
  const member = here.today((request.what === 'registration' ? owner : undefined) ?? memberId)
  const other = request.into === undefined ? undefined : here.today(request.into)
  const phone = phoneOfRequest(request) ?? (request.what === 'registration' ? member?.phones?.[0] : undefined)
  const why = whyWord(request)
  const wish = t(wishWord(request), {
    name: nameOfHeld(request) ?? nameOf(member),
    phone: phone === undefined ? '—' : maskPhone(phone),
    other: nameOf(other),
  })
  const mayOpen = props.linked && member !== undefined && request.what !== 'registration'
  return (
    <article class="request" data-testid="request-item">
      <div class="row between">
        <strong>{mayOpen ? <a href={hashOf({ screen: 'members', id: member.id })}>{wish}</a> : wish}</strong>
        <Badge tone={toneOf(request)} testId="request-state">
          {t(stateWord(request))}
        </Badge>
      </div>
      <p class="muted small">
        {t(request.what === 'registration' ? 'request.since' : 'request.asked', { time: formatTime(request.at) })}
        {request.decidedAt !== undefined && !isOpen(request) && (
          <> · {t('request.answered', { time: formatTime(request.decidedAt) })}</>
        )}
      </p>
      {why && <p class="small">{t(why)}</p>}
      {request.state === 'held' && request.what === 'registration' && (
        <p class="small">{t('request.registration.until')}</p>
      )}
      {request.answer && <p class="small">{t('request.answer', { answer: request.answer })}</p>}
    </article>
  )
}

function nameOf(member: MemberCard | undefined): string {
  return member ? member.name || t('members.unnamed') : t('request.someone')
}

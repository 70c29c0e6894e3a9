/** The phones of a member: masked, until somebody asks for them; whoever leaves the member finds them masked again. */
import { formatList } from '../../../adapters/ui/format.ts'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { maskPhone } from '../../../schemas/phone.ts'
import { spacedPhone } from './member-phone-text.ts'
import { t } from '../words.ts'

/** @param props.name whose they are, for those who do not see where the switch stands */
export function MemberPhones(props: { phones: readonly string[]; name: string }): JSX.Element {
  const shown = useSignal(false)
  const { phones, name } = props
  if (phones.length === 0) return <span data-testid="member-phones">{t('members.phone.none')}</span>
  return (
    <span class="member-phones">
      <span class="numeric-text" data-testid="member-phones">
        {formatList(phones.map(shown.value ? spacedPhone : maskPhone))}
      </span>
      <button
        type="button"
        class="member-text-button"
        aria-label={t(shown.value ? 'members.phone.hide.label' : 'members.phone.show.label', { name })}
        data-testid="phone-show"
        onClick={() => (shown.value = !shown.value)}
      >
        {shown.value ? t('members.phone.hide') : t('members.phone.show')}
      </button>
    </span>
  )
}

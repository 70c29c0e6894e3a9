/** A PIN by touch or by keyboard. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { takenFrom } from '../../../adapters/ui/field.tsx'
import { tick } from '../../../adapters/ui/live-status.ts'
import { PIN_LENGTHS } from '../../../schemas/protocol/staff.ts'
import type { LoginOutcome } from './device-access.ts'
import { onlyDigits } from './pin-field.tsx'
import { waitLeftMs, type PinWait } from './pin-waits.ts'
import { waitInWords } from '../node/reply-words.ts'
import { t } from '../words.ts'

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

/**
 * @param props.wait after wrong PINs; until it is over the pad takes nothing
 * @param props.away what is said where nobody can check the PIN
 */
export function PinPad(props: {
  label: string
  wait: PinWait | undefined
  away: string
  onPin: (pin: string) => Promise<LoginOutcome>
}): JSX.Element {
  const pin = useSignal('')
  const checking = useSignal(false)
  const problem = useSignal<string | undefined>(undefined)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  void tick.value
  const waitMs = waitLeftMs(props.wait, Date.now())
  const closed = checking.value || waitMs > 0
  const note = waitMs > 0 ? waitInWords(Math.ceil(waitMs / 1000)) : problem.value
  const type = (next: string) => {
    problem.value = undefined
    pin.value = next.slice(0, PIN_LENGTHS.most)
    input.current?.focus()
  }
  const submit = async (event: Event) => {
    event.preventDefault()
    if (closed || pin.value.length < PIN_LENGTHS.cashier) return
    checking.value = true
    const outcome = await props.onPin(pin.value)
    checking.value = false
    pin.value = ''
    problem.value = outcomeInWords(outcome, props.away)
    input.current?.focus()
  }
  const digit = (text: string) => (
    <Button key={text} testId={`pin-${text}`} disabled={closed} onClick={() => type(pin.value + text)}>
      {text}
    </Button>
  )
  return (
    <form class="pin-pad" onSubmit={(event) => void submit(event)} noValidate>
      <input
        ref={input}
        class="masked"
        type="text"
        // The pad is the keyboard; that of the tablet would cover it.
        inputMode="none"
        autocomplete="off"
        maxLength={PIN_LENGTHS.most}
        value={pin.value}
        readOnly={closed}
        aria-label={props.label}
        aria-invalid={note ? true : undefined}
        aria-describedby="pin-note"
        data-testid="pin"
        onInput={(event) => type(takenFrom(event.currentTarget, onlyDigits))}
      />
      <p
        id="pin-note"
        class={note ? 'bad small' : 'muted small'}
        // A countdown is not read out every second.
        role={waitMs > 0 ? 'timer' : 'status'}
        data-testid="pin-note"
      >
        {note ?? (checking.value ? t('pin.checking') : t('pin.type'))}
      </p>
      <div class="pin-keys">
        {DIGITS.map(digit)}
        <Button label={t('pin.less')} testId="pin-less" disabled={closed} onClick={() => type(pin.value.slice(0, -1))}>
          ⌫
        </Button>
        {digit('0')}
        <Button
          kind="primary"
          type="submit"
          label={t('pin.done')}
          testId="pin-done"
          disabled={closed || pin.value.length < PIN_LENGTHS.cashier}
        >
          ✓
        </Button>
      </div>
    </form>
  )
}

function outcomeInWords(outcome: LoginOutcome, away: string): string | undefined {
  switch (outcome.kind) {
    case 'wrong':
      return t('refused.LOGIN_FAILED')
    case 'away':
      return away
    case 'failed':
      return `${outcome.message} (${outcome.code})`
    default:
      return undefined
  }
}

/** Lets this device in with a code; the first one of a branch brings its manager. Also where a device was shut out. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatNumber } from '../../../adapters/ui/format.ts'
import { LanguageSwitch } from '../../../adapters/ui/language-switch.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { NAME_LENGTH } from '../../../schemas/protocol/staff.ts'
import type { DeviceAccess } from '../staff/device-access.ts'
import { forgetCode, givenCode } from './given-code.ts'
import { newPinProblem, NewPinFields, NO_PIN } from '../staff/pin-field.tsx'
import { refusalInWords } from '../node/reply-words.ts'
import { t } from '../words.ts'

const CODE_LENGTH = 8

/** @param props.unsent what waits on a device that was shut out; absent on one that is new */
export function PairScreen({ access, unsent }: { access: DeviceAccess; unsent?: number }): JSX.Element {
  return (
    <main class="start stack">
      {access.lost.value && (
        <Notice tone="bad" testId="lost">
          <strong>{t('pair.lost')}</strong>
          <br />
          {t('pair.lost.text')}
        </Notice>
      )}
      {unsent !== undefined && (
        <Notice tone="bad" testId="shut-out">
          <strong>{t('pair.out')}</strong>
          <br />
          {t('pair.out.text')} {unsent > 0 && t('pair.out.unsent', { count: formatNumber(unsent) })}
        </Notice>
      )}
      <PairForm access={access} />
    </main>
  )
}

function PairForm({ access }: { access: DeviceAccess }): JSX.Element {
  const code = useSignal(givenCode())
  const name = useSignal('')
  const manager = useSignal('')
  const pin = useSignal(NO_PIN)
  const tried = useSignal(false)
  const pairing = useSignal(false)
  const error = useSignal<{ code?: string; message: string } | undefined>(undefined)
  const needsManager = access.needsManager.value
  const lacks = {
    code: digitsOf(code.value).length !== CODE_LENGTH ? t('pair.code.problem') : undefined,
    name: name.value.trim() === '' ? t('pair.name.missing') : undefined,
    manager: needsManager && manager.value.trim() === '' ? t('pair.manager.missing') : undefined,
  }
  const submit = async (event: Event) => {
    event.preventDefault()
    tried.value = true
    const isWhole =
      !lacks.code && !lacks.name && !lacks.manager && !(needsManager && newPinProblem(pin.value, 'manager'))
    if (!isWhole || pairing.value) return
    pairing.value = true
    error.value = undefined
    const reply = await access.pair({
      code: code.value,
      name: name.value.trim(),
      ...(needsManager && { manager: { name: manager.value.trim(), pin: pin.value.pin } }),
    })
    if (reply.kind === 'done') forgetCode()
    error.value = refusalInWords(reply)
    pairing.value = false
    // Somebody else may have brought the manager meanwhile.
    if (reply.kind === 'refused') void access.refresh()
  }
  return (
    <form class="card stack" data-testid="pair" onSubmit={(event) => void submit(event)} noValidate>
      <div class="row between">
        <img src="/icon.svg" alt="" width="48" height="48" />
        <LanguageSwitch />
      </div>
      <h2>{t('pair.title')}</h2>
      <p class="muted">{t('pair.text')}</p>
      <Field
        label={t('pair.code')}
        value={code.value}
        placeholder="7K3M-9QXZ"
        problem={tried.value ? lacks.code : undefined}
        autoFocus={code.value === ''}
        testId="pair-code"
        onInput={(text) => (code.value = text.slice(0, 32))}
      />
      <Field
        label={t('pair.name')}
        value={name.value}
        hint={t('pair.name.hint')}
        problem={tried.value ? lacks.name : undefined}
        autoFocus={code.value !== ''}
        testId="pair-name"
        onInput={(text) => (name.value = text.slice(0, NAME_LENGTH))}
      />
      {needsManager && (
        <fieldset class="stack">
          <legend class="legend">{t('pair.manager')}</legend>
          <p class="muted small">{t('pair.manager.text')}</p>
          <Field
            label={t('pair.manager.name')}
            value={manager.value}
            problem={tried.value ? lacks.manager : undefined}
            testId="pair-manager"
            onInput={(text) => (manager.value = text.slice(0, NAME_LENGTH))}
          />
          <NewPinFields value={pin} role="manager" tried={tried.value} testId="pair-pin" />
        </fieldset>
      )}
      <ErrorNotice error={error.value} testId="pair-error" />
      <Button kind="primary" type="submit" disabled={pairing.value} testId="pair-submit">
        {t('pair.submit')}
      </Button>
    </form>
  )
}

function digitsOf(code: string): string {
  return code.replaceAll(/[\s-]/g, '')
}

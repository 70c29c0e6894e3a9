/** For managers: deletes what the app keeps on this device, or takes it out of use; never while something on it is nowhere else. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { formatNumber } from '../../../adapters/ui/format.ts'
import type { AppState } from '../frame/app-state.ts'
import type { Seen } from '../store/erase-plan.ts'
import { refusalInWords } from '../node/reply-words.ts'
import { beginErasure, lastWritten } from '../store/storage-erase.ts'
import { countOf } from '../sync/sync-words.ts'
import { t } from '../words.ts'

const LIST_FOLLOWS_MS = 1_000
const MOST_TRIES = 5

export function EraseForms({ state, isManager }: { state: AppState; isManager: boolean }): JSX.Element {
  if (!isManager) {
    return (
      <section class="card">
        <p class="muted">{t('settings.manager')}</p>
      </section>
    )
  }
  return (
    <>
      <EraseForm
        state={state}
        what="clear"
        erase={(seen) => {
          beginErasure('documents', seen)
          return Promise.resolve(undefined)
        }}
      />
      <EraseForm
        state={state}
        what="unpair"
        erase={async (seen) => {
          const id = state.access.deviceId.value ?? ''
          const reply = await state.access.ask({ method: 'POST', path: `/api/devices/${id}/revoke`, body: {} })
          if (reply.kind === 'done') beginErasure('all', seen)
          return refusalInWords(reply)
        }}
      />
    </>
  )
}

interface EraseFormProps {
  readonly state: AppState
  readonly what: 'clear' | 'unpair'
  /** @returns why it was not done */
  readonly erase: (seen: Seen) => Promise<{ code?: string; message: string } | undefined>
}

function EraseForm({ state, what, erase }: EraseFormProps): JSX.Element {
  const sure = useSignal(false)
  const busy = useSignal(false)
  const error = useSignal<{ code?: string; message: string } | undefined>(undefined)
  const hindrance = hindranceInWords(state)
  const act = async () => {
    sure.value = false
    busy.value = true
    const seen = await seenAllSent(state).finally(() => (busy.value = false))
    // Something may have been sold meanwhile.
    if (hindranceInWords(state) !== undefined) return
    error.value = seen ? await erase(seen) : { message: t('settings.erase.written') }
  }
  return (
    <section class="card stack" aria-label={t(`settings.${what}`)}>
      <h3>{t(`settings.${what}`)}</h3>
      <p class="muted">{t(`settings.${what}.text`)}</p>
      {what === 'unpair' && <p class="muted">{t('settings.unpair.lost')}</p>}
      {hindrance !== undefined && <p data-testid={`settings-${what}-not-now`}>{hindrance}</p>}
      {!sure.value && (
        <div class="row">
          <Button
            disabled={hindrance !== undefined || busy.value}
            testId={`settings-${what}`}
            onClick={() => {
              error.value = undefined
              sure.value = true
            }}
          >
            {t(`settings.${what}`)}
          </Button>
        </div>
      )}
      {sure.value && hindrance === undefined && (
        <div class="stack inset" role="group" aria-label={t(`settings.${what}.sure`)}>
          <p>{t(`settings.${what}.sure`)}</p>
          <div class="row">
            <Button kind="primary" testId={`settings-${what}-yes`} onClick={() => void act()}>
              {t(`settings.${what}.yes`)}
            </Button>
            <Button onClick={() => (sure.value = false)}>{t('settings.cancel')}</Button>
          </div>
        </div>
      )}
      <ErrorNotice error={error.value} testId={`settings-${what}-error`} />
    </section>
  )
}

/** The list of the unsent follows the writes: it is believed where nothing was written for a while. */
async function seenAllSent({ store }: AppState): Promise<Seen | undefined> {
  for (let tried = 0; tried < MOST_TRIES; tried++) {
    const written = lastWritten()
    await new Promise((resolve) => setTimeout(resolve, LIST_FOLLOWS_MS))
    if (lastWritten() === written) return { branchId: store.session.branchId, written }
  }
  return undefined
}

/** `undefined` where nothing stands in the way. */
function hindranceInWords({ link }: AppState): string | undefined {
  const { reachable, unsent } = link.state.value
  if (!unsent) return t('settings.unsent.unknown')
  const count = countOf(unsent)
  if (count > 0) return t('settings.unsent', { count: formatNumber(count) })
  return reachable === true ? undefined : t('settings.away')
}

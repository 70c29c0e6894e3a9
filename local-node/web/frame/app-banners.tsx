/** What a person must know on every screen: the device's room, the page's safety. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatBytes, formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { hashOf, type AppState } from './app-state.ts'
import { freeBytes, storageWarning } from '../store/storage-warning.ts'
import { storageFacts } from '../store/storage.ts'
import { t } from '../words.ts'

/** Until the page is loaded again. */
const insecureHidden = signal(false)

export function Banners({ state }: { state: AppState }): JSX.Element {
  return (
    <div class="banners">
      <StorageBanner state={state} />
      {!isSecureContext && !insecureHidden.value && state.place.value.screen !== 'settings' && (
        <Notice
          tone="busy"
          testId="insecure"
          action={
            <span class="row tight">
              <SettingsLink words={t('frame.insecure.more')} />
              <Button kind="quiet" onClick={() => (insecureHidden.value = true)}>
                {t('frame.dismiss')}
              </Button>
            </span>
          }
        >
          {t('frame.insecure')}
        </Notice>
      )}
    </div>
  )
}

function StorageBanner({ state }: { state: AppState }): JSX.Element | null {
  const unsent = state.link.state.value.unsent?.['orders']?.length ?? 0
  const warning = storageWarning(storageFacts.value, unsent)
  if (!warning) return null
  const words =
    warning === 'full'
      ? t('frame.storage.full', { free: formatBytes(freeBytes(storageFacts.value) ?? 0) })
      : t('frame.storage.fleeting', { count: formatNumber(unsent) })
  return (
    <Notice
      tone={warning === 'full' ? 'bad' : 'busy'}
      testId={`storage-${warning}`}
      action={<SettingsLink words={t('frame.storage.more')} />}
    >
      {words}
    </Notice>
  )
}

function SettingsLink({ words }: { words: string }): JSX.Element {
  return (
    <a class="button button-plain" href={hashOf({ screen: 'settings' })}>
      {words}
    </a>
  )
}

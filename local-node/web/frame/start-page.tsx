/** What stands on the screen before the app can: opening, the first meeting with the node, a store that does not open. */
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { formatNumber } from '../../../adapters/ui/format.ts'
import { LanguageSwitch } from '../../../adapters/ui/language-switch.tsx'
import { updateNow } from '../versions/app-update.ts'
import type { StoreMigration } from '../store/branch-store.ts'
import type { DeviceAccess } from '../staff/device-access.ts'
import type { StoreTrouble } from '../store/store-trouble.ts'
import { kindOfFailure } from '../store/write-failure-kind.ts'
import { KeptAside, StoreTroublePage } from '../versions/store-trouble-page.tsx'
import { t as ofUpgrade } from '../versions/upgrade-words.ts'
import { t } from '../words.ts'

export type StartState =
  | { readonly kind: 'opening' }
  | { readonly kind: 'migrating'; readonly migration: StoreMigration }
  | { readonly kind: 'no-session'; readonly retry: () => void }
  /** A newer app was here before. */
  | { readonly kind: 'newer'; readonly trouble: StoreTrouble }
  /** The documents of an older app could not be brought to this one. */
  | { readonly kind: 'stuck'; readonly trouble: StoreTrouble; readonly retry: () => void }
  | { readonly kind: 'failed'; readonly error: unknown; readonly retry: () => void }

export function StartPage({ state, access }: { state: StartState; access: DeviceAccess }): JSX.Element {
  return (
    <main class="start">
      <div class="card stack" data-testid={`start-${state.kind}`}>
        <div class="row between">
          <img src="/icon.svg" alt="" width="48" height="48" />
          <LanguageSwitch />
        </div>
        {state.kind === 'opening' && <p role="status">{t('start.opening')}</p>}
        {state.kind === 'migrating' && <Migration migration={state.migration} />}
        {state.kind === 'no-session' && (
          <>
            <h2>{t('start.first.title')}</h2>
            <p>{t('start.first.text')}</p>
          </>
        )}
        {state.kind === 'newer' && (
          <>
            <p role="status">{ofUpgrade('upgrade.newer')}</p>
            <Button kind="primary" testId="update-now" onClick={() => void updateNow()}>
              {ofUpgrade('upgrade.now')}
            </Button>
            <p>{ofUpgrade('upgrade.newer.back')}</p>
            <KeptAside trouble={state.trouble} access={access} />
          </>
        )}
        {state.kind === 'stuck' && <StoreTroublePage trouble={state.trouble} access={access} />}
        {state.kind === 'failed' && (
          <>
            <h2>{t('start.failed.title')}</h2>
            <p>{kindOfFailure(state.error) === 'full' ? ofUpgrade('stuck.full') : t('start.failed.text')}</p>
            <ErrorNotice error={{ message: String(state.error).slice(0, 500) }} />
          </>
        )}
        {'retry' in state && (
          <Button kind="primary" testId="start-retry" onClick={state.retry}>
            {t('start.retry')}
          </Button>
        )}
      </div>
    </main>
  )
}

function Migration({ migration }: { migration: StoreMigration }): JSX.Element {
  if (migration.kind !== 'running') return <p role="status">{ofUpgrade(`upgrade.${migration.kind}`)}</p>
  const { done, of } = migration
  return (
    <>
      <p role="status">{ofUpgrade('upgrade.migrating')}</p>
      <progress value={done} max={Math.max(of, 1)} aria-label={ofUpgrade('upgrade.migrating')} />
      <p class="muted" data-testid="migration-progress">
        {ofUpgrade('upgrade.progress', { done: formatNumber(done), of: formatNumber(of) })}
      </p>
    </>
  )
}

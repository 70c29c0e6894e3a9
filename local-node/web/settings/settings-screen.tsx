/** What belongs to this device: how it looks, what it holds and for how long, and how it is taken out of use. */
import type { ComponentChildren, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Choice } from '../../../adapters/ui/choice.tsx'
import { formatBytes, formatTime } from '../../../adapters/ui/format.ts'
import { language, setLanguage } from '../../../adapters/ui/language.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { VERSION } from '../../../schemas/version.ts'
import { setShortcuts, shortcutsOn } from '../frame/app-shortcuts.ts'
import type { AppState } from '../frame/app-state.ts'
import { install, installOffer, isInstalled } from './install.ts'
import { askAboutDevice, thisDevice } from './settings-device.ts'
import { EraseForms } from './settings-erase.tsx'
import { freeBytes } from '../store/storage-warning.ts'
import { askToPersist, lookAtStorage, storageFacts } from '../store/storage.ts'
import { setTheme, theme } from '../frame/theme.ts'
import { t } from '../words.ts'

export function SettingsScreen({ state, isManager }: { state: AppState; isManager: boolean }): JSX.Element {
  useEffect(() => {
    void lookAtStorage()
    void askAboutDevice(state, isManager)
  }, [isManager])
  return (
    <section class="settings stack" aria-labelledby="settings-title">
      <div>
        <h2 id="settings-title">{t('settings.title')}</h2>
        <p class="muted">{t('settings.text')}</p>
      </div>
      <Look />
      <Device state={state} />
      <Storage />
      <Install />
      <Connection />
      <Versions state={state} />
      <EraseForms state={state} isManager={isManager} />
    </section>
  )
}

function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="card stack" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  )
}

function Look(): JSX.Element {
  return (
    <Part title={t('settings.look')}>
      <Choice
        legend={t('settings.language')}
        name="language"
        value={language.value}
        options={[
          { value: 'zh', words: <span lang="zh-CN">中文</span> },
          { value: 'en', words: <span lang="en">English</span> },
        ]}
        testId="settings-language"
        onChange={setLanguage}
      />
      <Choice
        legend={t('settings.theme')}
        name="theme"
        value={theme.value}
        options={[
          { value: 'auto', words: t('settings.theme.auto') },
          { value: 'light', words: t('settings.theme.light') },
          { value: 'dark', words: t('settings.theme.dark') },
        ]}
        testId="settings-theme"
        onChange={setTheme}
      />
      <div class="keys-setting">
        <p class="legend">{t('settings.keys')}</p>
        <p class="muted small">{t('settings.keys.text')}</p>
        <label class="check">
          <input
            type="checkbox"
            checked={shortcutsOn.value}
            data-testid="settings-keys"
            onChange={({ currentTarget }) => setShortcuts(currentTarget.checked)}
          />
          <span>{t('settings.keys.on')}</span>
        </label>
      </div>
    </Part>
  )
}

function Device({ state }: { state: AppState }): JSX.Element {
  const { name, pairedAt } = thisDevice.value
  return (
    <Part title={t('settings.device')}>
      <dl class="fact-list">
        <dt>{t('settings.device.name')}</dt>
        <dd data-testid="settings-device">{name ?? t('settings.device.unknown')}</dd>
        {pairedAt !== undefined && (
          <>
            <dt>{t('settings.device.paired')}</dt>
            <dd>{formatTime(pairedAt)}</dd>
          </>
        )}
        <dt>{t('settings.device.branch')}</dt>
        <dd>{state.store.session.branchName}</dd>
      </dl>
    </Part>
  )
}

function Storage(): JSX.Element {
  const facts = storageFacts.value
  const free = freeBytes(facts)
  return (
    <Part title={t('settings.storage')}>
      <dl class="fact-list" data-testid="settings-storage">
        <dt>{t('settings.storage.used')}</dt>
        <dd>{facts.used === undefined ? t('settings.storage.unknown') : formatBytes(facts.used)}</dd>
        <dt>{t('settings.storage.free')}</dt>
        <dd>{free === undefined ? t('settings.storage.unknown') : formatBytes(free)}</dd>
        <dt>{t('settings.storage.kept')}</dt>
        <dd class={facts.persisted === false ? 'busy' : undefined}>
          {facts.persisted === undefined
            ? t('settings.storage.unknown')
            : t(facts.persisted ? 'settings.storage.kept.yes' : 'settings.storage.kept.no')}
        </dd>
      </dl>
      {facts.persisted === false && (
        <div class="stack tight">
          <p class="muted small">{t('settings.storage.ask.hint')}</p>
          <div class="row">
            <Button testId="settings-persist" onClick={() => void askToPersist()}>
              {t('settings.storage.ask')}
            </Button>
          </div>
        </div>
      )}
    </Part>
  )
}

function Install(): JSX.Element {
  return (
    <Part title={t('settings.install')}>
      {isInstalled.value && <p class="muted">{t('settings.install.done')}</p>}
      {!isInstalled.value && !isSecureContext && <p class="muted">{t('settings.install.insecure')}</p>}
      {!isInstalled.value && isSecureContext && installOffer.value && (
        <>
          <p class="muted">{t('settings.install.offer')}</p>
          <div class="row">
            <Button testId="settings-install" onClick={() => void install()}>
              {t('settings.install.now')}
            </Button>
          </div>
        </>
      )}
      {!isInstalled.value && isSecureContext && !installOffer.value && (
        <ul class="bullets">
          <li>{t('settings.install.chromium')}</li>
          <li>{t('settings.install.ios')}</li>
        </ul>
      )}
    </Part>
  )
}

function Connection(): JSX.Element {
  return (
    <Part title={t('settings.link')}>
      <dl class="fact-list">
        <dt>{t('settings.link.address')}</dt>
        <dd>{location.origin}</dd>
      </dl>
      {isSecureContext ? <p class="muted">{t('settings.link.secure')}</p> : <Insecure />}
    </Part>
  )
}

function Insecure(): JSX.Element {
  return (
    <>
      <Notice tone="busy" testId="settings-insecure">
        <p>{t('settings.link.insecure')}</p>
        <ul class="bullets">
          <li>{t('settings.link.insecure.1')}</li>
          <li>{t('settings.link.insecure.2')}</li>
          <li>{t('settings.link.insecure.3')}</li>
          <li>{t('settings.link.insecure.4')}</li>
        </ul>
      </Notice>
      <p class="legend">{t('settings.link.how')}</p>
      <ol class="bullets">
        <li>{t('settings.link.how.1')}</li>
        <li>{t('settings.link.how.2')}</li>
        <li>{t('settings.link.how.3')}</li>
      </ol>
    </>
  )
}

function Versions({ state }: { state: AppState }): JSX.Element {
  const node = state.link.heard.value?.status.version
  return (
    <Part title={t('settings.versions')}>
      <dl class="fact-list">
        <dt>{t('settings.versions.app')}</dt>
        <dd>Outpost {VERSION}</dd>
        <dt>{t('settings.versions.node')}</dt>
        <dd>{node === undefined ? t('settings.device.unknown') : `Outpost ${node}`}</dd>
      </dl>
      {node !== undefined && node !== VERSION && <p class="busy">{t('settings.versions.differ')}</p>}
    </Part>
  )
}

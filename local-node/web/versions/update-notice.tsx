/** Says on every screen that another version of the app is to be loaded, and asks before text that was typed goes. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Dialog } from '../../../adapters/ui/dialog.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { appUpdate, updateNow } from './app-update.ts'
import { typedText } from './typed-text.ts'
import { t } from './upgrade-words.ts'

export function UpdateNotice(): JSX.Element | null {
  const lost = useSignal<string | undefined>(undefined)
  const update = appUpdate.value
  if (!update) return null
  return (
    <>
      <Notice
        tone={update === 'ready' ? 'neutral' : 'busy'}
        testId={`update-${update}`}
        action={
          <Button
            testId="update-now"
            onClick={() => {
              lost.value = typedText(t('upgrade.typed.pin'))
              if (lost.value === undefined) void updateNow()
            }}
          >
            {t('upgrade.now')}
          </Button>
        }
      >
        {t(`upgrade.${update}`)}
      </Notice>
      {lost.value !== undefined && (
        <Dialog label={t('upgrade.now')} testId="update-typed" onClose={() => (lost.value = undefined)}>
          <p>{t('upgrade.typed', { text: lost.value })}</p>
          <div class="row">
            <Button kind="primary" testId="update-back" onClick={() => (lost.value = undefined)}>
              {t('upgrade.back')}
            </Button>
            <Button testId="update-anyway" onClick={() => void updateNow()}>
              {t('upgrade.anyway')}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  )
}

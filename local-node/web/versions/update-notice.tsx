/** Says on every screen that another version of the app is to be loaded. */
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { appUpdate, updateNow } from './app-update.ts'
import { t } from './upgrade-words.ts'

export function UpdateNotice(): JSX.Element | null {
  const update = appUpdate.value
  if (!update) return null
  return (
    <Notice
      tone={update === 'ready' ? 'neutral' : 'busy'}
      testId={`update-${update}`}
      action={
        <Button testId="update-now" onClick={() => void updateNow()}>
          {t('upgrade.now')}
        </Button>
      }
    >
      {t(`upgrade.${update}`)}
    </Notice>
  )
}

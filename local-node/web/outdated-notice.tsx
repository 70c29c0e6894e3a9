/** Says on every screen that this app is older than its node. */
import type { JSX } from 'preact'
import { Button } from '../../adapters/ui/button.tsx'
import { Notice } from '../../adapters/ui/notice.tsx'
import { isOutdated, reload } from './outdated.ts'
import { t } from './upgrade-words.ts'

export function OutdatedNotice(): JSX.Element | null {
  if (!isOutdated.value) return null
  return (
    <Notice
      tone="busy"
      testId="outdated"
      action={
        <Button testId="outdated-reload" onClick={() => void reload()}>
          {t('upgrade.now')}
        </Button>
      }
    >
      {t('upgrade.outdated')}
    </Notice>
  )
}

/** The keys that lead somewhere. */
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Dialog } from '../../../adapters/ui/dialog.tsx'
import type { ScreenShown } from './app-navigation.tsx'
import { t } from '../words.ts'

export function KeyHelp(props: { screens: readonly ScreenShown[]; onClose: () => void }): JSX.Element {
  return (
    <Dialog label={t('help.title')} testId="key-help" onClose={props.onClose}>
      <h2>{t('help.title')}</h2>
      <Keys screens={props.screens} />
      <div class="row">
        <Button kind="primary" onClick={props.onClose}>
          {t('help.close')}
        </Button>
      </div>
    </Dialog>
  )
}

function Keys({ screens }: { screens: readonly ScreenShown[] }): JSX.Element {
  const keys: (readonly [readonly string[], string])[] = [
    ...screens.map((name, at) => [['Alt', String(at + 1)], t('help.screen', { screen: t(`nav.${name}`) })] as const),
    [['?'], t('help.help')],
    [['Tab'], t('help.tab')],
    [['Esc'], t('help.escape')],
  ]
  return (
    <dl class="keys">
      {keys.map(([combination, words]) => (
        <div key={combination.join()}>
          <dt>
            {combination.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  )
}

/** The head of every page here. */
import type { ComponentChildren, JSX } from 'preact'
import { LanguageSwitch } from '../../adapters/ui/language-switch.tsx'
import { t } from './words.ts'

export function PageHeader({ children }: { children?: ComponentChildren }): JSX.Element {
  return (
    <header class="header">
      <h1>
        <img src="/icon.svg" alt="" width="32" height="32" />
        <span>
          {t('title')} <small>{t('subtitle')}</small>
        </span>
      </h1>
      <div class="row">
        {children}
        <LanguageSwitch />
      </div>
    </header>
  )
}

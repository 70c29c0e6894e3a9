import type { JSX } from 'preact'
import { Button } from './button.tsx'
import { language, setLanguage } from './language.ts'

export function LanguageSwitch(): JSX.Element {
  const other = language.value === 'zh' ? 'en' : 'zh'
  return (
    <Button kind="quiet" testId="lang-switch" onClick={() => setLanguage(other)}>
      <span lang={other === 'zh' ? 'zh-CN' : 'en'}>{other === 'zh' ? '中文' : 'English'}</span>
    </Button>
  )
}

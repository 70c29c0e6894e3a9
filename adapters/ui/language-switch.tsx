import type { JSX } from 'preact'
import { Button } from './button.tsx'
import { language, setLanguage } from './language.ts'

export function LanguageSwitch({ testId = 'lang-switch' }: { testId?: string }): JSX.Element {
  const other = language.value === 'zh' ? 'en' : 'zh'
  return (
    <Button kind="quiet" testId={testId} onClick={() => setLanguage(other)}>
      <span lang={other === 'zh' ? 'zh-CN' : 'en'}>{other === 'zh' ? '中文' : 'English'}</span>
    </Button>
  )
}

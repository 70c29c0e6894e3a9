/** Leads to a section of the runbook, which opens above the page: a shop without internet has it too. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../button.tsx'
import { Dialog } from '../dialog.tsx'
import { language } from '../language.ts'
import { Notice } from '../notice.tsx'
import { codeParts, runbookSection } from './runbook-section.ts'
import { s } from './sync-words.ts'
import './sync.css'

/** @param props.section an alert's rule or an error's code */
export function RunbookLink({ section }: { section: string }): JSX.Element {
  const text = useSignal<string | undefined>(undefined)
  const open = (): void => {
    import('../../../docs/operations/runbook.md?raw').then(
      (loaded) => (text.value = loaded.default),
      () => (text.value = ''),
    )
  }
  const close = (): void => {
    text.value = undefined
  }
  return (
    <>
      <button
        type="button"
        class="sync-link"
        aria-label={s('runbook.label', { name: section })}
        data-testid={`runbook-${section}`}
        onClick={open}
      >
        {s('runbook')}
      </button>
      {text.value !== undefined && (
        <Dialog label={s('runbook.label', { name: section })} class="sync-runbook" testId="runbook" onClose={close}>
          <Section text={text.value} name={section} />
          <div class="row">
            <Button kind="primary" testId="runbook-close" onClick={close}>
              {s('close')}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  )
}

function Section({ text, name }: { text: string; name: string }): JSX.Element {
  const section = runbookSection(text, name, language.value)
  if (!section) return <Notice tone="bad">{s('runbook.failed')}</Notice>
  const { title, level, points } = section
  return (
    <>
      <h2>{title}</h2>
      <p class="muted small">
        <code>{name}</code> {level}
      </p>
      <dl class="sync-points">
        {points.map(({ label, text: said, language: spoken }) => (
          <div key={label}>
            <dt>{s(`runbook.${label}`)}</dt>
            <dd lang={spoken}>
              {codeParts(said).map((part, at) => (part.isCode ? <code key={at}>{part.text}</code> : part.text))}
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}

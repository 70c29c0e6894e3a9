/** Leads to a section of the runbook, which opens above the page: a shop without internet has it too. */
import { render, type JSX } from 'preact'
import { Button } from '../button.tsx'
import { Dialog } from '../dialog.tsx'
import { language } from '../language.ts'
import { Notice } from '../notice.tsx'
import { codeParts, runbookSection } from './runbook-section.ts'
import { s } from './sync-words.ts'
import './sync.css'

/** @param props.section an alert's rule or an error's code */
export function RunbookLink({ section }: { section: string }): JSX.Element {
  return (
    <button
      type="button"
      class="sync-link"
      aria-label={s('runbook.label', { name: section })}
      data-testid={`runbook-${section}`}
      onClick={() => {
        import('../../../docs/operations/runbook.md?raw').then(
          (loaded) => show(section, loaded.default),
          () => show(section, ''),
        )
      }}
    >
      {s('runbook')}
    </button>
  )
}

/** Beside the page: the trouble may be over, and its link gone, while somebody still reads. */
function show(section: string, text: string): void {
  const host = document.createElement('div')
  const close = (): void => {
    render(null, host)
    host.remove()
  }
  document.body.append(host)
  render(<Shown section={section} text={text} onClose={close} />, host)
}

function Shown(props: { section: string; text: string; onClose: () => void }): JSX.Element {
  const { section, text, onClose } = props
  return (
    <Dialog label={s('runbook.label', { name: section })} class="sync-runbook" testId="runbook" onClose={onClose}>
      <Section text={text} name={section} />
      <div class="row">
        <Button kind="primary" testId="runbook-close" onClick={onClose}>
          {s('close')}
        </Button>
      </div>
    </Dialog>
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
        {points.map(({ label, text: said }) => (
          <div key={label}>
            <dt>{s(`runbook.${label}`)}</dt>
            <dd>{codeParts(said).map((part, at) => (part.isCode ? <code key={at}>{part.text}</code> : part.text))}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

/** Corrects the plain fields of headquarters' document; the newer state replaces what failed, with tries of its own. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Field } from '../../../adapters/ui/field.tsx'
import { Select } from '../../../adapters/ui/select.tsx'
import type { Doc } from '../../../schemas/json.ts'
import type { ExceptionDetail } from '../../../schemas/protocol/exceptions.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode } from '../frame/ask-node.ts'
import { correctable, correctionsOf } from './compare-states.ts'
import { documentInWords } from './exception-text.ts'
import { x } from './exception-words.ts'
import type { Said } from './said-notice.tsx'

export function CorrectDocument(props: {
  detail: ExceptionDetail
  stored: Doc
  onDone: (said: Said) => void
  onClose: () => void
}): JSX.Element {
  const { detail, stored, onDone, onClose } = props
  const stood = correctable(stored)
  const typed = useSignal<Readonly<Record<string, string>>>({})
  const corrections = correctionsOf(stood, typed.value)
  const document = documentInWords(detail)
  const isUnchanged = corrections.ok && Object.keys(corrections.fields).length === 0
  const set = (name: string, text: string): void => {
    typed.value = { ...typed.value, [name]: text }
  }
  return (
    <AskFirst<Doc>
      title={x('edit.title', { document })}
      confirm={x('edit.save')}
      ready={corrections.ok && !isUnchanged}
      doIt={() =>
        tellNode(`/api/documents/${detail.collection}`, {
          id: detail.documentId,
          ...(corrections.ok && corrections.fields),
        })
      }
      onDone={() => onDone({ tone: 'good', text: x('edit.done', { document }) })}
      onClose={onClose}
    >
      <p>{x('edit.text')}</p>
      {Object.entries(stood).map(([name, before]) => {
        const value = typed.value[name] ?? String(before)
        if (typeof before === 'boolean') {
          const options = [['true', x('edit.yes')] as const, ['false', x('edit.no')] as const]
          return <Select key={name} label={name} value={value} options={options} onChange={(text) => set(name, text)} />
        }
        const isWrong = !corrections.ok && corrections.field === name
        return (
          <Field
            key={name}
            label={name}
            value={value}
            inputMode={typeof before === 'number' ? 'decimal' : 'text'}
            problem={isWrong ? x('edit.number') : undefined}
            testId={`correct-${name}`}
            onInput={(text) => set(name, text)}
          />
        )
      })}
      {isUnchanged && <p class="muted small">{x('edit.nothing')}</p>}
    </AskFirst>
  )
}

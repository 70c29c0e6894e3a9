/** Another name for a branch; its id stays. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Field } from '../../../adapters/ui/field.tsx'
import type { BranchDocument } from '../../../schemas/collections/branches.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode } from '../frame/ask-node.ts'
import { b } from './branch-words.ts'

export function RenameBranch(props: {
  row: BranchRow
  onDone: (name: string) => void
  onClose: () => void
}): JSX.Element {
  const { id } = props.row
  const name = useSignal(props.row.name)
  return (
    <AskFirst<BranchDocument>
      title={b('rename')}
      confirm={b('rename')}
      ready={name.value.trim() !== ''}
      doIt={() => tellNode('/api/documents/branches', { id, name: name.value.trim() })}
      onDone={(branch) => props.onDone(branch.name)}
      onClose={props.onClose}
    >
      <Field
        label={b('one.name')}
        value={name.value}
        hint={b('rename.text')}
        maxLength={200}
        testId="rename-name"
        onInput={(text) => (name.value = text)}
      />
    </AskFirst>
  )
}

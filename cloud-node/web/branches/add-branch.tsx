/** A new branch: its id, which is for ever, its name, its country. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Field } from '../../../adapters/ui/field.tsx'
import type { BranchDocument } from '../../../schemas/collections/branches.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode } from '../frame/ask-node.ts'
import { idProblem, isCountry } from './branch-state.ts'
import { b } from './branch-words.ts'

export function AddBranch(props: { onAdded: (branch: BranchDocument) => void; onClose: () => void }): JSX.Element {
  const id = useSignal('')
  const name = useSignal('')
  const country = useSignal('')
  const wrongId = idProblem(id.value)
  const isWrongCountry = country.value !== '' && !isCountry(country.value)
  const add = () =>
    tellNode<BranchDocument>('/api/branches', {
      id: id.value,
      name: name.value.trim(),
      ...(country.value !== '' && { country: country.value }),
    })
  return (
    <AskFirst
      title={b('add')}
      confirm={b('add.submit')}
      ready={id.value !== '' && !wrongId && name.value.trim() !== '' && !isWrongCountry}
      doIt={add}
      onDone={props.onAdded}
      onClose={props.onClose}
    >
      <Field
        label={b('add.id')}
        value={id.value}
        hint={b('add.id.hint')}
        problem={wrongId && b(wrongId === 'shared' ? 'add.id.shared' : 'add.id.problem')}
        maxLength={40}
        autoFocus
        testId="add-id"
        onInput={(text) => (id.value = text.trim())}
      />
      <Field
        label={b('add.name')}
        value={name.value}
        maxLength={200}
        testId="add-name"
        onInput={(text) => (name.value = text)}
      />
      <Field
        label={b('add.country')}
        value={country.value}
        hint={b('add.country.hint')}
        problem={isWrongCountry && country.value.length > 1 ? b('add.country.problem') : undefined}
        maxLength={2}
        testId="add-country"
        onInput={(text) => (country.value = text.trim().toUpperCase())}
      />
    </AskFirst>
  )
}

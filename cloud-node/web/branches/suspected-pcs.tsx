/** Two PCs with the identity of one branch: a person says which one it is. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatAge } from '../../../adapters/ui/format.ts'
import type { BranchOutcome } from '../../../schemas/protocol/branches.ts'
import type { BranchPc, BranchRow } from '../../../schemas/protocol/status.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { tellNode } from '../frame/ask-node.ts'
import { b } from './branch-words.ts'

export function SuspectedPcs(props: {
  row: BranchRow
  now: number
  canKeep: boolean
  onSay: (text: string) => void
}): JSX.Element {
  const { row, now } = props
  const chosen = useSignal<BranchPc | undefined>(undefined)
  const close = (): void => {
    chosen.value = undefined
  }
  const pc = chosen.value
  return (
    <section class="card stack" data-testid="suspected">
      <h2 class="bad">{b('suspected.title')}</h2>
      <p>{b('suspected.text')}</p>
      <ul class="stack">
        {row.suspected?.map((one) => (
          <li key={one.epoch} class="row">
            <span>
              <strong>{one.host}</strong>{' '}
              <small class="muted">
                {b('suspected.heard', { age: formatAge(one.heardAt, now), epoch: one.epoch })}
              </small>
            </span>
            {props.canKeep && (
              <Button testId={`keep-${one.epoch}`} onClick={() => (chosen.value = one)}>
                {b('keep')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {pc && (
        <AskFirst<BranchOutcome>
          title={b('keep.title', { host: pc.host })}
          confirm={b('keep')}
          doIt={() => tellNode(`/api/branches/${encodeURIComponent(row.id)}/keep`, { epoch: pc.epoch })}
          onDone={() => {
            close()
            props.onSay(b('keep.done', { host: pc.host, name: row.name }))
          }}
          onClose={close}
        >
          <p>{b('keep.text')}</p>
          <p class="muted small">{b('suspected.heard', { age: formatAge(pc.heardAt, now), epoch: pc.epoch })}</p>
        </AskFirst>
      )}
    </section>
  )
}

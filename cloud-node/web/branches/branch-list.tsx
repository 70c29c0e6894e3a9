/** All branches, with what keeps one of them out. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatAge, formatNumber } from '../../../adapters/ui/format.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { branchState, searchBranches, type BranchState } from './branch-state.ts'
import { b } from './branch-words.ts'

const STATE_TONES: Readonly<Record<BranchState, Tone>> = {
  trading: 'good',
  new: 'busy',
  disabled: 'unknown',
  retired: 'neutral',
  suspected: 'bad',
}

export function BranchList(props: {
  branches: readonly BranchRow[]
  now: number
  canAdd: boolean
  onOpen: (id: string) => void
}): JSX.Element {
  const { branches, now } = props
  const typed = useSignal('')
  const found = searchBranches(branches, typed.value)
  const columns: Column<BranchRow>[] = [
    {
      key: 'branch',
      title: b('col.branch'),
      cell: ({ id, name }) => (
        <div>
          <strong>{name}</strong>
          <small>{id}</small>
        </div>
      ),
    },
    { key: 'state', title: b('col.state'), cell: (row) => <State row={row} /> },
    {
      key: 'heard',
      title: b('col.heard'),
      cell: ({ lastHeartbeatAt }) => (lastHeartbeatAt ? formatAge(lastHeartbeatAt, now) : b('never')),
    },
    { key: 'pc', title: b('col.pc'), cell: ({ reported }) => reported?.host ?? '—' },
    {
      key: 'waiting',
      title: b('col.waiting'),
      numeric: true,
      cell: ({ reported }) => (reported ? formatNumber(reported.backlog.documents) : '—'),
    },
    {
      key: 'do',
      title: b('col.do'),
      cell: ({ id, name }) => (
        <Button label={b('open.label', { name })} testId={`branch-open-${id}`} onClick={() => props.onOpen(id)}>
          {b('open')}
        </Button>
      ),
    },
  ]
  return (
    <>
      <div class="console-bar">
        <Field
          label={b('search')}
          type="search"
          inputMode="search"
          value={typed.value}
          testId="branch-search"
          onInput={(text) => (typed.value = text)}
        />
      </div>
      <section class="card flush console-list">
        <Table
          caption={b('list.title')}
          columns={columns}
          rows={found}
          rowKey={({ id }) => id}
          rowTestId={({ id }) => `branch-${id}`}
          empty={b(branches.length > 0 ? 'search.none' : props.canAdd ? 'list.empty' : 'list.empty.look')}
        />
      </section>
    </>
  )
}

export function State({ row }: { row: BranchRow }): JSX.Element {
  const state = branchState(row)
  return (
    <Badge tone={STATE_TONES[state]} testId={`branch-state-${row.id}`}>
      {b(`state.${state}`)}
    </Badge>
  )
}

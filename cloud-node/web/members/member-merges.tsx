/** How a member came to be one: each merge with both sides as they were. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { formatTime } from '../../../adapters/ui/format.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { Doc } from '../../../schemas/json.ts'
import { compareStates, type ComparedField } from '../exceptions/compare-states.ts'
import { askNode, type Failure } from '../frame/ask-node.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { m } from './member-words.ts'
import { branchName, type MembersProps } from './members-props.ts'

/** As `GET /api/members/:id/audit` tells it. */
interface Merge {
  readonly id: number
  readonly atMs: number
  readonly memberId: string
  readonly otherId: string
  readonly branchId: string
  readonly decision?: number
  readonly ours: Doc
  readonly theirs: Doc
}

export function MemberMerges({ id, ...room }: MembersProps & { id: string }): JSX.Element {
  const merges = useSignal<readonly Merge[] | undefined>(undefined)
  const failure = useSignal<Failure | undefined>(undefined)
  const load = async (): Promise<void> => {
    const answer = await askNode<readonly Merge[]>(`/api/members/${encodeURIComponent(id)}/audit`)
    failure.value = answer.ok ? undefined : answer.failure
    if (answer.ok) merges.value = answer.value
  }
  useEffect(() => void load(), [])
  return (
    <section class="card stack member-room" aria-label={m('audit.title')} data-testid="merges">
      <h2>{m('audit.title')}</h2>
      <FailureNotice failure={failure.value} onAgain={() => void load()} />
      {!merges.value && !failure.value && <p role="status">{c('loading')}</p>}
      {merges.value?.length === 0 && <p class="muted">{m('audit.none')}</p>}
      <ul class="member-list">
        {merges.value?.map((merge) => (
          <Entry key={merge.id} merge={merge} {...room} />
        ))}
      </ul>
    </section>
  )
}

function Entry({ merge, ...room }: MembersProps & { merge: Merge }): JSX.Element {
  const { id, atMs, memberId, otherId, branchId, decision, ours, theirs } = merge
  const time = formatTime(new Date(atMs).toISOString())
  const words =
    otherId === memberId ? m('audit.same', { time }) : m('audit.entry', { time, other: otherId, member: memberId })
  const by =
    decision === undefined
      ? m('audit.branch', { branch: branchName(room, branchId) })
      : m('audit.decision', { number: decision })
  const columns: Column<ComparedField>[] = [
    { key: 'field', title: m('audit.field'), cell: ({ name }) => <code>{name}</code> },
    { key: 'ours', title: m('audit.ours'), cell: ({ stored }) => <span>{stored ?? '—'}</span> },
    { key: 'theirs', title: m('audit.theirs'), cell: ({ failed }) => <span>{failed ?? '—'}</span> },
  ]
  return (
    <li class="stack" data-testid={`merge-${id}`}>
      <p>
        {words} <small class="muted">{by}</small>
      </p>
      <details class="compared">
        <summary>{m('audit.sides')}</summary>
        <Table
          caption={m('audit.sides')}
          columns={columns}
          rows={compareStates(theirs, ours)}
          rowKey={({ name }) => name}
          empty="—"
        />
      </details>
    </li>
  )
}

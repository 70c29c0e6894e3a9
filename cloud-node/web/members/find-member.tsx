/** Finds members by a whole phone or by how a name begins, capital or small. Neither stands in an address. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { formatList } from '../../../adapters/ui/format.ts'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { Select } from '../../../adapters/ui/select.tsx'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { MemberPage, MemberView } from '../../../schemas/protocol/identity.ts'
import { tellNode, type Failure } from '../frame/ask-node.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { PagedList } from '../frame/paged-list.ts'
import { go, hashOf } from '../frame/place.ts'
import { balanceInWords } from './chain-currency.ts'
import { isPhoneTyped } from './member-text.ts'
import { m } from './member-words.ts'
import { branchName, type MembersProps } from './members-props.ts'

export function FindMember(props: MembersProps): JSX.Element {
  const typed = useSignal('')
  const scope = useSignal('shared')
  const busy = useSignal(false)
  const isNobody = useSignal(false)
  const failure = useSignal<Failure | undefined>(undefined)
  const found = useSignal<PagedList<MemberView, string> | undefined>(undefined)
  const byPhone = async (phone: string): Promise<void> => {
    const answer = await tellNode<MemberView>('/api/members/find', { phone, scope: scope.value })
    if (answer.ok) open(answer.value.id)
    else if (answer.failure !== 'unreachable' && answer.failure.code === 'MEMBER_UNKNOWN') isNobody.value = true
    else failure.value = answer.failure
  }
  const byName = async (name: string): Promise<void> => {
    found.value = new PagedList<MemberView, string>(async (after) => {
      const answer = await tellNode<MemberPage>('/api/members/search', { name, ...(after !== undefined && { after }) })
      return answer.ok ? { ok: true, value: { items: answer.value.members, next: answer.value.next } } : answer
    })
    await found.value.again()
  }
  const submit = async (): Promise<void> => {
    const text = typed.value.trim()
    if (busy.value || text === '') return
    busy.value = true
    isNobody.value = false
    failure.value = undefined
    found.value = undefined
    await (isPhoneTyped(text) ? byPhone(text) : byName(text))
    busy.value = false
  }
  const list = found.value?.shown.value
  return (
    <section class="card stack member-room" aria-label={m('find.title')} data-testid="find">
      <h2>{m('find.title')}</h2>
      <form
        class="console-bar"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <Field
          label={m('find.what')}
          value={typed.value}
          type="search"
          maxLength={100}
          testId="find-what"
          onInput={(text) => (typed.value = text)}
        />
        {isPhoneTyped(typed.value.trim()) && (
          <Select
            label={m('find.scope')}
            value={scope.value}
            options={[['shared', m('find.scope.shared')], ...props.branches.map(({ id, name }) => [id, name] as const)]}
            testId="find-scope"
            onChange={(value) => (scope.value = value)}
          />
        )}
        <Button kind="primary" type="submit" disabled={busy.value || typed.value.trim() === ''} testId="find-do">
          {busy.value ? c('busy') : m('find.do')}
        </Button>
      </form>
      <p class="muted small">{m('find.text')}</p>
      <FailureNotice failure={failure.value ?? list?.failure} />
      {isNobody.value && (
        <p role="status" data-testid="find-nobody">
          {m('find.nobody')}
        </p>
      )}
      {list?.items && <Found {...props} members={list.items} />}
      {list?.next !== undefined && (
        <div class="row">
          <Button testId="find-more" disabled={list.busy} onClick={() => void found.value?.more()}>
            {c('more')}
          </Button>
        </div>
      )}
    </section>
  )
}

function open(id: string): void {
  go('members', new URLSearchParams({ id }))
}

function Found({ members, ...room }: MembersProps & { members: readonly MemberView[] }): JSX.Element {
  const columns: Column<MemberView>[] = [
    {
      key: 'member',
      title: m('col.member'),
      cell: ({ id, name }) => (
        <div>
          <strong>{name || m('unnamed')}</strong>
          <small>{id}</small>
        </div>
      ),
    },
    { key: 'phones', title: m('col.phones'), cell: ({ phones }) => formatList(phones) || '—' },
    {
      key: 'scope',
      title: m('col.scope'),
      cell: ({ scope }) => (scope === 'shared' ? m('shared') : branchName(room, scope)),
    },
    { key: 'balance', title: m('col.balance'), numeric: true, cell: ({ balance }) => balanceInWords(balance) },
    {
      key: 'open',
      title: m('col.open'),
      cell: ({ id, name }) => (
        <a
          class="button button-plain"
          href={hashOf('members', new URLSearchParams({ id }))}
          aria-label={m('open.label', { name: name || m('unnamed') })}
        >
          {m('open')}
        </a>
      ),
    },
  ]
  return (
    <Table
      caption={m('find.list')}
      columns={columns}
      rows={members}
      rowKey={({ id }) => id}
      rowTestId={({ id }) => `found-${id}`}
      empty={m('find.none')}
    />
  )
}

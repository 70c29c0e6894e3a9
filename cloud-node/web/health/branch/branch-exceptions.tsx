/** What of a branch waits for a person: at headquarters, to be acted on here; at the branch, as far as it told. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { formatAge, formatNumber } from '../../../../adapters/ui/format.ts'
import { AsOf } from '../../../../adapters/ui/sync/as-of.tsx'
import { useRenewed } from '../../../../adapters/ui/sync/use-renewed.ts'
import type { SessionAccount } from '../../../../schemas/protocol/accounts.ts'
import type { ExceptionPage } from '../../../../schemas/protocol/exceptions.ts'
import type { BranchRow } from '../../../../schemas/protocol/status.ts'
import { ExceptionActions } from '../../exceptions/exception-actions.tsx'
import { ExceptionItem } from '../../exceptions/exception-item.tsx'
import '../../exceptions/exceptions.css'
import { SaidNotice, type Said } from '../../exceptions/said-notice.tsx'
import { askNode } from '../../frame/ask-node.ts'
import { LookOnly, may } from '../../frame/may.tsx'
import { hashOf } from '../../frame/place.ts'
import { h } from './branch-words.ts'

/** The room of exceptions has all of them. */
const SHOWN = 10

/** @param props.count of all branches, at headquarters: another one says that there may be something new */
export function BranchExceptions(props: {
  row: BranchRow
  now: number
  account: SessionAccount
  count: number
}): JSX.Element {
  const { row, now, account, count } = props
  const { id, name, reported, lastHeartbeatAt } = row
  const said = useSignal<Said | undefined>(undefined)
  const acted = useSignal(0)
  const chosen = new URLSearchParams({ branch: id })
  const changes = `${count} ${reported?.exceptions} ${acted.value}`
  const page = useRenewed(id, changes, async () => {
    const answer = await askNode<ExceptionPage>(`/api/exceptions?limit=${SHOWN}&${chosen}`)
    return answer.ok ? answer.value : undefined
  })
  const list = page.value?.exceptions
  const age = lastHeartbeatAt === undefined ? '' : formatAge(lastHeartbeatAt, now)
  return (
    <section class="card stack" aria-label={h('exceptions.title')} data-testid="branch-exceptions">
      <div class="sync-head">
        <h3>{h('exceptions.title')}</h3>
        <AsOf of={page} />
        <a class="sync-link" href={hashOf('exceptions', chosen)} data-testid="branch-exceptions-all">
          {h('exceptions.all')}
        </a>
      </div>
      {said.value && <SaidNotice said={said.value} />}
      {list?.length === 0 && <p class="muted">{h('exceptions.here.none')}</p>}
      {list && list.length > 0 && (
        <>
          <LookOnly account={account} needed="operator" />
          <ul class="exception-list" aria-label={h('exceptions.here')}>
            {list.map((view) => (
              <ExceptionItem key={view.id} view={view} branchName={name}>
                {may(account, 'operator') && (
                  <ExceptionActions
                    detail={view}
                    onDone={(done) => {
                      said.value = done
                      acted.value += 1
                    }}
                  />
                )}
              </ExceptionItem>
            ))}
          </ul>
        </>
      )}
      {reported && reported.exceptions === 0 && <p class="muted">{h('exceptions.there.none', { age })}</p>}
      {reported && reported.exceptions > 0 && (
        <>
          <p class="bad" data-testid="exceptions-there">
            {h('exceptions.there', { age, count: formatNumber(reported.exceptions) })}
          </p>
          <pre class="command">outpost exceptions list --side branch</pre>
        </>
      )}
    </section>
  )
}

/** What headquarters knows of a branch by itself, and what the branch said of itself, which is as old as its last heartbeat. */
import type { ComponentChildren, JSX } from 'preact'
import { formatAge, formatMoney, formatNumber } from '../../../../adapters/ui/format.ts'
import { ClassBacklogs } from '../../../../adapters/ui/sync/class-backlogs.tsx'
import { ClockOffset } from '../../../../adapters/ui/sync/clock-offset.tsx'
import { DiskRoom } from '../../../../adapters/ui/sync/disk-room.tsx'
import { Fact, Facts } from '../../../../adapters/ui/sync/facts.tsx'
import { classInWords } from '../../../../adapters/ui/sync/sync-words.ts'
import { isSilent, knownLink } from '../../../../schemas/branch-standing.ts'
import type { BranchRow } from '../../../../schemas/protocol/status.ts'
import { h } from './branch-words.ts'

export function KnownFacts({ row, now, isCurrent }: { row: BranchRow; now: number; isCurrent: boolean }): JSX.Element {
  const { lastHeartbeatAt, verdict, toFetch, unconfirmed, documents, stats, loading } = row
  const link = knownLink(row, now)
  const isHeard = isCurrent && !isSilent(row, now)
  return (
    <section class="card stack" aria-label={h('known.title')} data-testid="branch-known">
      <h3>{h('known.title')}</h3>
      <Facts>
        <Fact
          title={h('known.link')}
          note={link && h('known.link.since', { age: formatAge(link.since, now) })}
          isBad={link?.state === 'lost'}
          testId="fact-link"
        >
          {link ? h(`known.link.${link.state}`) : h('known.link.none')}
        </Fact>
        <Fact title={h('known.heartbeat')} isBad={isSilent(row, now)} testId="fact-heartbeat">
          {lastHeartbeatAt === undefined ? h('known.never') : formatAge(lastHeartbeatAt, now)}
        </Fact>
        <Fact title={h('known.checked')}>
          {verdict.checkedAt === undefined ? h('known.never') : formatAge(verdict.checkedAt, now)}
        </Fact>
        <Fact title={h('known.fetch')} note={h('known.fetch.help')}>
          {toFetch === undefined ? '—' : formatNumber(toFetch)}
        </Fact>
        <Fact title={h('known.unconfirmed')} note={h('known.unconfirmed.help')} testId="fact-unconfirmed">
          {unconfirmed === undefined ? '—' : formatNumber(unconfirmed)}
        </Fact>
        <Fact
          title={h('known.documents')}
          note={documents.mirror !== undefined && h('known.mirror', { count: formatNumber(documents.mirror) })}
          testId="fact-documents"
        >
          {formatNumber(documents.here)}
        </Fact>
        {stats && (
          <Fact
            title={h('known.sales', { day: stats.day })}
            note={h('known.sales.of', { count: formatNumber(stats.orders), age: formatAge(stats.at, now) })}
            isOld={!isHeard}
          >
            {formatMoney(stats.sales, stats.currency)}
          </Fact>
        )}
        {loading && (
          <Fact title={h('known.loading')}>
            {h('known.loading.of', { here: formatNumber(loading.here), of: formatNumber(loading.of) })}
          </Fact>
        )}
        {row.restored && (
          <Fact title={h('known.restored')} isBad>
            {h('known.restored.help')}
          </Fact>
        )}
      </Facts>
    </section>
  )
}

/** @param props.isOld nobody knows whether it is still so */
export function SaidFacts({ row, now, isOld }: { row: BranchRow; now: number; isOld: boolean }): JSX.Element {
  const { reported, lastHeartbeatAt } = row
  if (!reported || lastHeartbeatAt === undefined) {
    return (
      <Said>
        <p class="muted">{h('said.none')}</p>
      </Said>
    )
  }
  const { backlog, classes, disk, clockOffsetMs, version, host, exceptions, lastError } = reported
  const waiting = classes.map((one) => ({ ...one, name: classInWords(one.class) }))
  return (
    <Said
      asOf={
        <span class={isOld ? 'bad small' : 'muted small'}>
          {h('said.asOf', { age: formatAge(lastHeartbeatAt, now) })}
        </span>
      }
    >
      <div class={isOld ? 'stack sync-old' : 'stack'}>
        <div>
          <p>
            <strong>{h('said.waiting', { count: formatNumber(backlog.documents) })}</strong>
          </p>
          {/* How long they have waited is told as of now: they wait still, unless they have come. */}
          <ClassBacklogs waiting={waiting} asOfMs={now} />
        </div>
        <Facts>
          <DiskRoom disk={disk} />
          <ClockOffset ms={clockOffsetMs} />
          <Fact title={h('said.version')}>{version}</Fact>
          <Fact title={h('said.host')}>{host}</Fact>
          <Fact title={h('said.exceptions')} isBad={exceptions > 0} testId="fact-exceptions">
            {formatNumber(exceptions)}
          </Fact>
          <Fact
            title={h('said.error')}
            note={lastError && `${formatAge(lastError.at, now)} · ${lastError.message}`}
            testId="fact-error"
          >
            {lastError ? <code>{lastError.code}</code> : h('said.error.none')}
          </Fact>
        </Facts>
      </div>
    </Said>
  )
}

function Said({ asOf, children }: { asOf?: ComponentChildren; children: ComponentChildren }): JSX.Element {
  return (
    <section class="card stack" aria-label={h('said.title')} data-testid="branch-said">
      <div class="sync-head">
        <h3>{h('said.title')}</h3>
        {asOf}
      </div>
      {children}
    </section>
  )
}

/** How this branch and headquarters get on, for the manager: the link, what waits, what was exchanged, the PC. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatAge, formatBytes, formatDuration, formatNumber } from '../../../adapters/ui/format.ts'
import { nodeNow, tick } from '../../../adapters/ui/live-status.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { shownVerdict } from '../../../adapters/ui/shown-verdict.ts'
import { ClassBacklogs } from '../../../adapters/ui/sync/class-backlogs.tsx'
import { ClockOffset } from '../../../adapters/ui/sync/clock-offset.tsx'
import { DiskRoom } from '../../../adapters/ui/sync/disk-room.tsx'
import { Fact, Facts } from '../../../adapters/ui/sync/facts.tsx'
import { RunbookLink } from '../../../adapters/ui/sync/runbook-link.tsx'
import { SyncView } from '../../../adapters/ui/sync/sync-view.tsx'
import type { BranchNodeStatus } from '../../../schemas/protocol/status.ts'
import { hashOf, type AppState } from '../frame/app-state.ts'
import { kindInWords, VERDICT_TONES } from '../sync/sync-words.ts'
import { t } from '../words.ts'
import { h } from './health-words.ts'

export function HealthScreen({ state }: { state: AppState }): JSX.Element {
  const isCurrent = state.link.state.value.reachable === true
  const heard = state.link.heard.value
  const needsLogin = useSignal(false)
  const logins = useSignal(0)
  const ask = async <T,>(path: string): Promise<T | undefined> => {
    // Whoever has closed the question for the PIN is not asked again every half minute.
    if (!isCurrent || needsLogin.value) return undefined
    const reply = await state.access.ask<T>({ method: 'GET', path })
    if (reply.kind === 'refused' && reply.code === 'LOGIN_NEEDED') needsLogin.value = true
    // Whoever looks is no manager any more, and the device does not know it yet.
    if (reply.kind === 'refused' && reply.code === 'FORBIDDEN') void state.access.refresh()
    return reply.kind === 'done' ? reply.body : undefined
  }
  return (
    <section class="sync stack" aria-labelledby="health-title" data-testid="health">
      <div class="row between">
        <h2 id="health-title">{h('title')}</h2>
        <a class="button button-plain" href={hashOf({ screen: 'sync' })} data-testid="health-back">
          ← {h('back')}
        </a>
      </div>
      {!isCurrent && (
        <Notice tone="bad" testId="health-away">
          {heard ? h('away', { age: formatDuration(tick.value - heard.atMs) }) : h('away.never')}
        </Notice>
      )}
      {needsLogin.value && (
        <Notice
          tone="busy"
          action={
            <Button
              onClick={() => {
                needsLogin.value = false
                logins.value += 1
              }}
            >
              {h('login.now')}
            </Button>
          }
        >
          {h('login')}
        </Notice>
      )}
      {heard && (
        <div class={isCurrent ? 'stack' : 'stack old'}>
          <SyncView
            ask={ask}
            changes={`${changesOf(heard.status)} ${isCurrent} ${logins.value}`}
            nowMs={nodeNow(heard)}
            measuresDelays={false}
            backlog={{ documents: heard.status.backlog.documents }}
          >
            <div class="sync-pair">
              <WithHeadquarters status={heard.status} nowMs={nodeNow(heard)} isCurrent={isCurrent} />
              <div class="stack">
                <Waiting status={heard.status} nowMs={nodeNow(heard)} />
                <ThisPc status={heard.status} nowMs={nodeNow(heard)} />
              </div>
            </div>
          </SyncView>
        </div>
      )}
    </section>
  )
}

interface PartProps {
  readonly status: BranchNodeStatus
  readonly nowMs: number
}

function WithHeadquarters({ status, nowMs, isCurrent }: PartProps & { isCurrent: boolean }): JSX.Element {
  const { sync } = status
  const { lastContactAt, lastError, nextAttemptAt, loading, traffic, stream } = sync
  const verdict = shownVerdict(sync.verdict, nowMs, isCurrent)
  const failure = sync.refused ?? lastError
  const [tone, word]: [Tone, string] = isCurrent
    ? standing(status, verdict.state)
    : ['unknown', t('sync.cloud.unknown')]
  return (
    <section class="card stack" aria-label={h('link.title')} data-testid="health-link">
      <div class="row between">
        <h3>{h('link.title')}</h3>
        <Badge tone={tone} testId="health-verdict">
          {word}
        </Badge>
      </div>
      <Facts>
        <Fact title={h('link.stream')} isOld={!isCurrent} testId="health-stream">
          {stream === undefined ? '—' : h(`stream.${stream}`)}
        </Fact>
        <Fact title={h('link.contact')}>
          {lastContactAt === undefined ? h('link.contact.never') : formatAge(lastContactAt, nowMs)}
        </Fact>
        <Fact title={h('link.checked')}>
          {verdict.checkedAt === undefined ? h('link.checked.never') : formatAge(verdict.checkedAt, nowMs)}
        </Fact>
        <Fact
          title={h('link.error')}
          isBad={isCurrent && failure !== undefined}
          note={failure && `${formatAge(failure.at, nowMs)} · ${failure.message}`}
          testId="health-error"
        >
          {failure ? <code>{failure.code}</code> : h('link.error.none')}
        </Fact>
        {isCurrent && failure && nextAttemptAt !== undefined && (
          <Fact title={h('link.next')}>
            {h('link.next.in', { time: formatDuration(Date.parse(nextAttemptAt) - nowMs) })}
          </Fact>
        )}
        {loading && (
          <Fact title={h('link.loading')}>
            {t('sync.fact.loading.text', { here: formatNumber(loading.here), of: formatNumber(loading.of) })}
          </Fact>
        )}
        {traffic && (
          <Fact title={h('link.traffic')}>
            {h('link.traffic.of', { sent: formatBytes(traffic.sent), received: formatBytes(traffic.received) })}
          </Fact>
        )}
        <Fact title={h('link.address')}>{sync.cloudUrl}</Fact>
      </Facts>
      {failure && (
        <div class="row">
          <RunbookLink section={failure.code} />
        </div>
      )}
    </section>
  )
}

/** As the sync screen calls it. */
function standing({ sync }: BranchNodeStatus, verdict: keyof typeof VERDICT_TONES): [Tone, string] {
  if (!sync.enabled) return ['unknown', t('sync.cloud.off')]
  if (sync.refused) return ['bad', t('sync.cloud.refused')]
  if (sync.lastError) return ['busy', t('sync.cloud.away')]
  return [VERDICT_TONES[verdict], t(`sync.cloud.${verdict}`)]
}

function Waiting({ status, nowMs }: PartProps): JSX.Element {
  const waiting = Object.entries(status.collections).map(([name, { backlog }]) => ({
    ...backlog,
    name: kindInWords(name),
  }))
  const { exceptions } = status
  return (
    <section class="card stack" aria-label={h('waiting.title')} data-testid="health-waiting">
      <h3>{h('waiting.title')}</h3>
      <ClassBacklogs waiting={waiting} asOfMs={nowMs} />
      <h3>{h('exceptions.title')}</h3>
      {exceptions === 0 ? (
        <p class="muted">{h('exceptions.none')}</p>
      ) : (
        <p class="bad" data-testid="health-exceptions">
          {h('exceptions.some', { count: formatNumber(exceptions) })}{' '}
          <a class="sync-link" href={hashOf({ screen: 'sync' })}>
            {h('exceptions.go')}
          </a>
        </p>
      )}
    </section>
  )
}

function ThisPc({ status, nowMs }: PartProps): JSX.Element {
  const { sync, clockOffsetMs, version, storage, backup, collections, legacy } = status
  const documents = Object.values(collections).reduce((sum, { documents: count }) => sum + count, 0)
  return (
    <section class="card stack" aria-label={h('pc.title')} data-testid="health-pc">
      <h3>{h('pc.title')}</h3>
      <Facts>
        {storage && (
          <Fact title={h('pc.storage')} isBad note={`${formatAge(storage.at, nowMs)} · ${storage.message}`}>
            <code>{storage.code}</code>
          </Fact>
        )}
        <DiskRoom disk={sync.disk} />
        <ClockOffset ms={clockOffsetMs} />
        <Fact title={h('pc.version')}>{version}</Fact>
        <Fact title={h('pc.documents')}>{formatNumber(documents)}</Fact>
        {backup && (
          <Fact title={h('pc.backup')}>{backup.last ? formatAge(backup.last.at, nowMs) : h('pc.backup.none')}</Fact>
        )}
        {legacy && (
          <Fact
            title={h('pc.legacy')}
            isBad={legacy.lastError !== undefined}
            note={legacy.lastError && `${formatAge(legacy.lastError.at, nowMs)} · ${legacy.lastError.message}`}
            testId="health-legacy"
          >
            {h(`pc.legacy.${legacy.state}`)}
          </Fact>
        )}
      </Facts>
    </section>
  )
}

function changesOf({ sync, backlog, exceptions, collections }: BranchNodeStatus): string {
  const documents = Object.values(collections).map((collection) => collection.documents)
  const { enabled, stream, lastError, failures, verdict } = sync
  const about = [enabled, stream, lastError?.at, failures, verdict.state, backlog.documents, exceptions]
  return [...about, ...documents].map(String).join(' ')
}

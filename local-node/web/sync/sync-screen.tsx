/** Where the data is and what waits, from this device over the local node to headquarters, and what to do in each case. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { formatAge, formatDuration, formatNumber } from '../../../adapters/ui/format.ts'
import { nodeNow, tick } from '../../../adapters/ui/live-status.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { shownVerdict } from '../../../adapters/ui/shown-verdict.ts'
import type { BranchNodeStatus, StatusError } from '../../../schemas/protocol/status.ts'
import { hashOf, type AppState } from '../frame/app-state.ts'
import { askSync, type SyncAction } from './ask-sync.ts'
import { SyncExceptions } from './sync-exceptions.tsx'
import { useUnsentKinds, type UnsentKind } from './sync-unsent.ts'
import { syncSummary } from './sync-summary.ts'
import { documentInWords, kindInWords, VERDICT_TONES } from './sync-words.ts'
import { t } from '../words.ts'
import { pageNow } from '../../../adapters/ui/page-clock.ts'

const SUMMARY_TONES = {
  good: 'good',
  waiting: 'neutral',
  away: 'busy',
  refused: 'bad',
  off: 'busy',
  unknown: 'neutral',
} as const

/** @param props.isManager who may turn synchronisation on and off, and decide about what was refused */
export function SyncScreen({ state, isManager }: { state: AppState; isManager: boolean }): JSX.Element {
  const heard = state.link.heard.value
  const summary = syncSummary(state.link.state.value, heard?.status, heard ? nodeNow(heard) : 0)
  return (
    <section class="sync stack" aria-labelledby="sync-title">
      <div class="row between">
        <h2 id="sync-title">{t('sync.title')}</h2>
        <Actions state={state} isManager={isManager} />
      </div>
      <Notice tone={SUMMARY_TONES[summary]} testId="sync-summary">
        {t(`sync.sum.${summary}`)}
      </Notice>
      <div class="sync-way">
        <OnDevice state={state} />
        <AtNode state={state} />
        <AtHeadquarters state={state} />
      </div>
      <SyncExceptions state={state} isManager={isManager} />
      {isManager && (
        <div class="row">
          <a class="button button-plain" href={hashOf({ screen: 'health' })} data-testid="sync-health">
            {t('sync.health')}
          </a>
        </div>
      )}
    </section>
  )
}

function Actions({ state, isManager }: { state: AppState; isManager: boolean }): JSX.Element {
  const { reachable } = state.link.state.value
  const heard = state.link.heard.value
  const busy = useSignal(false)
  const error = useSignal<{ code?: string; message: string } | undefined>(undefined)
  /** `pageNow()` when the node had not come to the end of what it was asked for. */
  const leftRunningAtMs = useSignal<number | undefined>(undefined)
  const ask = async (action: SyncAction) => {
    busy.value = true
    error.value = undefined
    leftRunningAtMs.value = undefined
    const answer = await askSync(action, state.access.ask)
    const stillThere = answer.kind === 'unanswered' && state.link.state.value.reachable === true
    if (answer.kind === 'running' || stillThere) leftRunningAtMs.value = pageNow()
    // Who does not give the PIN has thought better of it.
    else if (answer.kind === 'failed') error.value = answer.code === 'LOGIN_NEEDED' ? undefined : answer
    else if (answer.kind !== 'done') error.value = { code: 'NODE_UNREACHABLE', message: t('sync.node.no') }
    busy.value = false
    state.link.resync()
  }
  const ended = heard !== undefined && heard.atMs > (leftRunningAtMs.value ?? 0) && !heard.status.sync.running
  return (
    <div class="stack sync-actions">
      <div class="row">
        {isManager && (
          <Switch
            enabled={heard?.status.sync.enabled}
            current={reachable === true}
            busy={busy.value}
            onTurn={(action) => void ask(action)}
          />
        )}
        <Button kind="primary" disabled={!reachable || busy.value} testId="sync-now" onClick={() => void ask('now')}>
          {t('sync.now')}
        </Button>
      </div>
      {leftRunningAtMs.value !== undefined && reachable && !ended && (
        <p class="muted small" role="status" data-testid="sync-running">
          {t('sync.running')}
        </p>
      )}
      <ErrorNotice error={error.value} testId="sync-error" />
    </div>
  )
}

/**
 * @param props.enabled `undefined` where the node has never said it to this page
 * @param props.current whether the node still says so
 */
function Switch(props: {
  enabled: boolean | undefined
  current: boolean
  busy: boolean
  onTurn: (action: 'on' | 'off') => void
}): JSX.Element {
  const { enabled, current, busy, onTurn } = props
  const isKnown = current && enabled !== undefined
  const state = enabled === undefined ? t('sync.unknown') : t(enabled ? 'sync.on' : 'sync.off')
  const words = isKnown || enabled === undefined ? state : t('sync.last', { state })
  return (
    <span class="row tight">
      <span class="small" aria-hidden="true">
        {t('sync.switch')}
      </span>
      <button
        type="button"
        class={isKnown ? 'switch' : 'switch switch-unknown'}
        // A switch is on or off; what is not known is neither.
        {...(isKnown && { role: 'switch', 'aria-checked': enabled })}
        aria-label={isKnown ? t('sync.switch') : `${t('sync.switch')}: ${words}`}
        disabled={!isKnown || busy}
        data-testid="sync-switch"
        onClick={() => onTurn(enabled ? 'off' : 'on')}
      >
        <i aria-hidden="true" />
        <span>{words}</span>
      </button>
    </span>
  )
}

function Stop(props: {
  title: string
  tone: Tone
  word: string
  testId: string
  children: ComponentChildren
}): JSX.Element {
  return (
    <section class="card stack stop" aria-label={props.title} data-testid={props.testId}>
      <div class="row between">
        <h3>{props.title}</h3>
        <Badge tone={props.tone}>{props.word}</Badge>
      </div>
      {props.children}
    </section>
  )
}

function OnDevice({ state }: { state: AppState }): JSX.Element {
  const { reachable, refused } = state.link.state.value
  const kinds = useUnsentKinds(state).value
  const count = kinds?.reduce((sum, { ids }) => sum + ids.length, 0)
  const [tone, word]: [Tone, string] =
    count === undefined
      ? ['unknown', t('sync.here.unknown')]
      : count === 0
        ? ['good', t('sync.here.none')]
        : ['busy', t('sync.count.documents', { count: formatNumber(count) })]
  return (
    <Stop title={t('sync.here.title')} tone={tone} word={word} testId="sync-here">
      {kinds && kinds.length > 0 && (
        <ul class="kinds">
          {kinds.map((kind) => (
            <Kind key={kind.collection} state={state} kind={kind} />
          ))}
        </ul>
      )}
      {count === 0 && <p class="muted">{t('sync.here.text.none')}</p>}
      {count !== undefined && count > 0 && (
        <p class="muted">{t(reachable === true ? 'sync.here.text.sending' : 'sync.here.text.away')}</p>
      )}
      {refused.length > 0 && (
        <p class="bad" data-testid="sync-refused-here">
          {t('sync.here.text.refused', { count: formatNumber(refused.length) })}
        </p>
      )}
    </Stop>
  )
}

const SHOWN = 5

function Kind({ state, kind }: { state: AppState; kind: UnsentKind }): JSX.Element {
  const { collection, ids, sinceMs } = kind
  // The age ticks.
  void tick.value
  const screen = collection === 'orders' || collection === 'members' ? collection : undefined
  return (
    <li data-testid={`unsent-${collection}`}>
      <span class="row between">
        <strong>
          {kindInWords(collection)}: {formatNumber(ids.length)}
        </strong>
        {sinceMs !== undefined && (
          <small class="muted">{t('sync.since', { time: formatDuration(Date.now() - sinceMs) })}</small>
        )}
      </span>
      {screen && (
        <span class="named">
          {ids.slice(0, SHOWN).map((id) => (
            <a key={id} href={hashOf({ screen, id })}>
              {documentInWords(state, collection, id)}
            </a>
          ))}
          {ids.length > SHOWN && (
            <small class="muted">{t('sync.more', { count: formatNumber(ids.length - SHOWN) })}</small>
          )}
        </span>
      )}
    </li>
  )
}

function AtNode({ state }: { state: AppState }): JSX.Element {
  const { reachable } = state.link.state.value
  const heard = state.link.heard.value
  const status = reachable === true ? heard?.status : undefined
  const [tone, word]: [Tone, string] =
    reachable === undefined
      ? ['unknown', t('sync.node.unknown')]
      : reachable
        ? status?.storage
          ? ['bad', t('sync.node.full')]
          : ['good', t('sync.node.yes')]
        : ['bad', t('sync.node.no')]
  return (
    <Stop title={t('sync.node.title')} tone={tone} word={word} testId="sync-node">
      {status?.storage && (
        <p class="bad">
          {t('sync.node.text.storage')} <code>{status.storage.code}</code>
        </p>
      )}
      {status && heard && <Waiting status={status} nowMs={nodeNow(heard)} />}
      {!status && <p class="muted">{t('sync.node.text.unknown')}</p>}
    </Stop>
  )
}

function Waiting({ status, nowMs }: { status: BranchNodeStatus; nowMs: number }): JSX.Element {
  const waiting = Object.entries(status.collections).filter(([, { backlog }]) => backlog.documents > 0)
  if (waiting.length === 0) return <p class="muted">{t('sync.node.text.none')}</p>
  const { enabled, lastError, refused } = status.sync
  return (
    <>
      <ul class="kinds">
        {waiting.map(([collection, { backlog }]) => (
          <li key={collection} data-testid={`waiting-${collection}`}>
            <span class="row between">
              <strong>
                {kindInWords(collection)}: {formatNumber(backlog.documents)}
              </strong>
              {backlog.oldestSince !== undefined && (
                <small class="muted">
                  {t('sync.since', { time: formatDuration(nowMs - Date.parse(backlog.oldestSince)) })}
                </small>
              )}
            </span>
          </li>
        ))}
      </ul>
      <p class="muted">{t(enabled && !lastError && !refused ? 'sync.node.text.waiting' : 'sync.node.text.held')}</p>
    </>
  )
}

function AtHeadquarters({ state }: { state: AppState }): JSX.Element {
  const heard = state.link.heard.value
  const isCurrent = state.link.state.value.reachable === true
  if (!heard) {
    return (
      <Stop title={t('sync.cloud.title')} tone="unknown" word={t('sync.cloud.unknown')} testId="sync-cloud">
        <p class="muted">{t('sync.node.text.unknown')}</p>
      </Stop>
    )
  }
  const { sync } = heard.status
  const nowMs = nodeNow(heard)
  const verdict = shownVerdict(sync.verdict, nowMs, isCurrent)
  const isOff = isCurrent && !sync.enabled
  const refused = isCurrent && sync.enabled ? sync.refused : undefined
  const isAway = isCurrent && sync.enabled && !refused && sync.lastError !== undefined
  const [tone, word]: [Tone, string] = isOff
    ? ['unknown', t('sync.cloud.off')]
    : refused
      ? ['bad', t('sync.cloud.refused')]
      : isAway
        ? ['busy', t('sync.cloud.away')]
        : [VERDICT_TONES[verdict.state], t(`sync.cloud.${verdict.state}`)]
  const text = isOff ? 'off' : isAway ? 'away' : isCurrent ? verdict.state : 'stale'
  return (
    <Stop title={t('sync.cloud.title')} tone={tone} word={word} testId="sync-cloud">
      {refused ? <Refused why={refused} /> : <p class="muted">{t(`sync.cloud.text.${text}`)}</p>}
      <Facts status={heard.status} checkedAt={verdict.checkedAt} nowMs={nowMs} isCurrent={isCurrent} />
    </Stop>
  )
}

function Facts(props: {
  status: BranchNodeStatus
  checkedAt: string | undefined
  nowMs: number
  isCurrent: boolean
}): JSX.Element {
  const { status, checkedAt, nowMs, isCurrent } = props
  const { lastContactAt, lastError, loading, nextAttemptAt, settings, suspendedNow } = status.sync
  return (
    <dl class="fact-list">
      <dt>{t('sync.fact.contact')}</dt>
      <dd>{lastContactAt === undefined ? t('sync.fact.contact.never') : formatAge(lastContactAt, nowMs)}</dd>
      {checkedAt !== undefined && (
        <>
          <dt>{t('sync.fact.checked')}</dt>
          <dd>{formatAge(checkedAt, nowMs)}</dd>
        </>
      )}
      {isCurrent && lastError && (
        <>
          <dt>{t('sync.fact.error')}</dt>
          <dd title={lastError.message}>
            <code>{lastError.code}</code> {formatAge(lastError.at, nowMs)}
          </dd>
        </>
      )}
      {isCurrent && lastError && nextAttemptAt !== undefined && (
        <>
          <dt>{t('sync.fact.next')}</dt>
          <dd>{t('sync.fact.next.in', { time: formatDuration(Date.parse(nextAttemptAt) - nowMs) })}</dd>
        </>
      )}
      {isCurrent && loading && (
        <>
          <dt>{t('sync.fact.loading')}</dt>
          <dd>
            <progress
              max={Math.max(1, loading.of)}
              value={Math.min(loading.here, loading.of)}
              aria-label={t('sync.fact.loading')}
            />{' '}
            {t('sync.fact.loading.text', { here: formatNumber(loading.here), of: formatNumber(loading.of) })}
          </dd>
        </>
      )}
      {suspendedNow.length > 0 && (
        <>
          <dt>{t('sync.fact.suspended')}</dt>
          <dd>{listed(suspendedNow)}</dd>
        </>
      )}
      {settings.window && (
        <>
          <dt>{t('sync.fact.window')}</dt>
          <dd>
            {t('sync.fact.window.text', {
              ...settings.window,
              kinds: settings.windowFor ? listed(settings.windowFor) : t('sync.fact.window.rest'),
            })}
          </dd>
        </>
      )}
    </dl>
  )
}

function listed(collections: readonly string[]): string {
  return collections.map(kindInWords).join(' · ')
}

const REASONS = {
  BRANCH_DISABLED: 'sync.refused.BRANCH_DISABLED',
  BRANCH_RETIRED: 'sync.refused.BRANCH_RETIRED',
  BRANCH_UNKNOWN: 'sync.refused.BRANCH_UNKNOWN',
  CLONE_SUSPECTED: 'sync.refused.CLONE_SUSPECTED',
  KEY_UNKNOWN: 'sync.refused.KEY_UNKNOWN',
  PROTOCOL_OUTDATED: 'sync.refused.PROTOCOL_OUTDATED',
  REVOKED: 'sync.refused.REVOKED',
  UNAUTHENTICATED: 'sync.refused.UNAUTHENTICATED',
} as const

/** Why headquarters does not let the branch in, and what to do about it. */
function Refused({ why }: { why: StatusError }): JSX.Element {
  const { code, message } = why
  const text = code in REASONS ? t(REASONS[code as keyof typeof REASONS]) : message
  return (
    <p class="bad" role="status" data-testid="sync-refused" title={message}>
      {text} <code>{code}</code>
    </p>
  )
}

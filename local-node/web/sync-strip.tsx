/** The way of the data in three stations, in words that a cashier understands: this device, the local node, headquarters. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { Badge, type Tone } from '../../adapters/ui/badge.tsx'
import { Button } from '../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../adapters/ui/error-notice.tsx'
import { formatAge, formatDuration, formatNumber } from '../../adapters/ui/format.ts'
import { nodeNow, type Heard } from '../../adapters/ui/live-status.ts'
import { shownVerdict } from '../../adapters/ui/shown-verdict.ts'
import type { BranchNodeStatus, StatusError } from '../../schemas/protocol/status.ts'
import type { AppState } from './app-state.ts'
import { askSync, type SyncAction } from './ask-sync.ts'
import { t } from './words.ts'

const VERDICT_TONES: Readonly<Record<string, Tone>> = {
  'in-sync': 'good',
  behind: 'busy',
  differs: 'bad',
  unknown: 'unknown',
}

/** @param props.isManager who may turn synchronisation on and off */
export function SyncStrip({ state, isManager }: { state: AppState; isManager: boolean }): JSX.Element {
  const { reachable } = state.link.state.value
  const heard = state.link.heard.value
  const busy = useSignal(false)
  const error = useSignal<{ code?: string; message: string } | undefined>(undefined)
  /** `performance.now()` when the node had not come to the end of what it was asked for. */
  const leftRunningAtMs = useSignal<number | undefined>(undefined)
  const ask = async (action: SyncAction) => {
    busy.value = true
    error.value = undefined
    leftRunningAtMs.value = undefined
    const answer = await askSync(action, state.access.ask)
    const stillThere = answer.kind === 'unanswered' && state.link.state.value.reachable === true
    if (answer.kind === 'running' || stillThere) leftRunningAtMs.value = performance.now()
    // Who does not give the PIN has thought better of it.
    else if (answer.kind === 'failed') error.value = answer.code === 'LOGIN_NEEDED' ? undefined : answer
    else if (answer.kind !== 'done') error.value = { code: 'NODE_UNREACHABLE', message: t('sync.node.no') }
    busy.value = false
    state.link.resync()
  }
  const ended = heard !== undefined && heard.atMs > (leftRunningAtMs.value ?? 0) && !heard.status.sync.running
  return (
    <div class="strip-wrap">
      <div class="strip">
        <Station title={t('sync.here')}>
          <Here state={state} />
        </Station>
        <Station title={t('sync.node')} testId="sync-node-state">
          <NodeState reachable={reachable} status={reachable ? heard?.status : undefined} />
        </Station>
        <Station title={t('sync.cloud')} testId="sync-cloud-state">
          {heard ? (
            <CloudState heard={heard} current={reachable === true} />
          ) : (
            <Badge tone="unknown">{t('sync.cloud.unknown')}</Badge>
          )}
        </Station>
        <div class="strip-actions">
          <Button disabled={!reachable || busy.value} testId="sync-now" onClick={() => void ask('now')}>
            {t('sync.now')}
          </Button>
          {isManager && (
            <Switch
              enabled={heard?.status.sync.enabled}
              current={reachable === true}
              busy={busy.value}
              onTurn={(action) => void ask(action)}
            />
          )}
        </div>
      </div>
      {leftRunningAtMs.value !== undefined && reachable && !ended && (
        <p class="muted small" role="status" data-testid="sync-running">
          {t('sync.running')}
        </p>
      )}
      {reachable && heard?.status.sync.enabled && heard.status.sync.refused && (
        <Refused why={heard.status.sync.refused} />
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
    <button
      type="button"
      class={isKnown ? 'switch' : 'switch switch-unknown'}
      // A switch is on or off; what is not known is neither.
      {...(isKnown && { role: 'switch', 'aria-checked': enabled })}
      aria-label={isKnown ? t('sync.switch') : `${t('sync.switch')}: ${words}`}
      title={t('sync.switch')}
      disabled={!isKnown || busy}
      data-testid="sync-switch"
      onClick={() => onTurn(enabled ? 'off' : 'on')}
    >
      <i aria-hidden="true" />
      <span>{words}</span>
    </button>
  )
}

function Station(props: { title: string; children: ComponentChildren; testId?: string }): JSX.Element {
  return (
    <div class="station" data-testid={props.testId} aria-live="polite">
      <span class="station-title">{props.title}</span>
      {props.children}
    </div>
  )
}

function Here({ state }: { state: AppState }): JSX.Element {
  const { unsent, refused } = state.link.state.value
  if (!unsent) return <Badge tone="unknown">{t('sync.here.unknown')}</Badge>
  const count = Object.values(unsent).reduce((sum, ids) => sum + ids.length, 0)
  return (
    <span data-testid="sync-here-state">
      {count === 0 && <Badge tone="good">{t('sync.here.none')}</Badge>}
      {count > 0 && <Badge tone="busy">{t('sync.here.waiting', { count: formatNumber(count) })}</Badge>}
      {refused.length > 0 && <small class="bad">{t('sync.here.refused', { count: refused.length })}</small>}
    </span>
  )
}

function NodeState(props: { reachable: boolean | undefined; status: BranchNodeStatus | undefined }): JSX.Element {
  const { reachable, status } = props
  if (reachable === undefined) return <Badge tone="unknown">{t('sync.node.unknown')}</Badge>
  if (!reachable) {
    return (
      <>
        <Badge tone="bad">{t('sync.node.no')}</Badge>
        <small>{t('sync.node.no.detail')}</small>
      </>
    )
  }
  const waiting = status?.backlog.documents ?? 0
  return (
    <>
      <Badge tone="good">{t('sync.node.yes')}</Badge>
      {status && (
        <small>
          {waiting === 0 ? t('sync.node.none') : t('sync.node.waiting', { count: formatNumber(waiting) })}
          {status.storage && (
            <span class="bad" title={status.storage.message}>
              {' '}
              · {t('sync.node.storage')} <code>{status.storage.code}</code>
            </span>
          )}
          {status.exceptions > 0 && (
            <span class="bad"> · {t('sync.node.exceptions', { count: formatNumber(status.exceptions) })}</span>
          )}
        </small>
      )}
    </>
  )
}

function CloudState({ heard, current }: { heard: Heard<BranchNodeStatus>; current: boolean }): JSX.Element {
  const { sync } = heard.status
  const now = nodeNow(heard)
  if (current && !sync.enabled) return <Badge tone="unknown">{t('sync.cloud.off')}</Badge>
  if (current && sync.refused) return <Badge tone="bad">{t('sync.cloud.refused')}</Badge>
  const shown = shownVerdict(sync.verdict, now, current)
  const age = shown.checkedAt
    ? t('sync.cloud.checked', { age: formatAge(shown.checkedAt, now) })
    : sync.lastContactAt
      ? t('sync.cloud.contact', { age: formatAge(sync.lastContactAt, now) })
      : t('sync.cloud.never')
  return (
    <>
      <Badge tone={VERDICT_TONES[shown.state] ?? 'unknown'}>{t(`sync.cloud.${shown.state}`)}</Badge>
      <small>
        {age}
        {current && sync.loading && (
          <>
            {' '}
            · {t('sync.cloud.loading', { here: formatNumber(sync.loading.here), of: formatNumber(sync.loading.of) })}
          </>
        )}
        {current && sync.lastError && (
          <span class="bad" title={sync.lastError.message}>
            {' '}
            · <code>{sync.lastError.code}</code>
            {sync.nextAttemptAt !== undefined && (
              <> · {t('sync.cloud.next', { time: formatDuration(Date.parse(sync.nextAttemptAt) - now) })}</>
            )}
          </span>
        )}
      </small>
    </>
  )
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
    <p class="bad small" role="status" data-testid="sync-refused" title={message}>
      {text} <code>{code}</code>
    </p>
  )
}

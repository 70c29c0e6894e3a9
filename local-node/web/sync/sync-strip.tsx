/** How the data stands, in one line on every screen: this device, the local node, headquarters. The sync page says the rest. */
import type { ComponentChildren, JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { formatNumber } from '../../../adapters/ui/format.ts'
import { nodeNow } from '../../../adapters/ui/live-status.ts'
import { shownVerdict } from '../../../adapters/ui/shown-verdict.ts'
import { hashOf, type AppState } from '../frame/app-state.ts'
import { countOf, VERDICT_TONES } from './sync-words.ts'
import { t } from '../words.ts'

export function SyncStrip({ state }: { state: AppState }): JSX.Element {
  const { reachable } = state.link.state.value
  return (
    <>
      <a
        class="strip"
        href={hashOf({ screen: 'sync' })}
        data-testid="sync-strip"
        aria-current={state.place.value.screen === 'sync' ? 'page' : undefined}
      >
        <Station title={t('sync.here')} testId="sync-here-state">
          <Here state={state} />
        </Station>
        <Station title={t('sync.node')} testId="sync-node-state">
          {reachable === undefined && <Badge tone="unknown">{t('sync.node.unknown')}</Badge>}
          {reachable === true && <Connected state={state} />}
          {reachable === false && <Badge tone="bad">{t('sync.node.no')}</Badge>}
        </Station>
        <Station title={t('sync.cloud')} testId="sync-cloud-state">
          <Cloud state={state} />
        </Station>
      </a>
      <Announcement reachable={reachable} />
    </>
  )
}

function Station(props: { title: string; children: ComponentChildren; testId: string }): JSX.Element {
  return (
    <span class="station" data-testid={props.testId}>
      <span class="station-title">{props.title} </span>
      {props.children}
    </span>
  )
}

function Here({ state }: { state: AppState }): JSX.Element {
  const { unsent, refused } = state.link.state.value
  if (refused.length > 0)
    return <Badge tone="bad">{t('sync.here.refused', { count: formatNumber(refused.length) })}</Badge>
  if (!unsent) return <Badge tone="unknown">{t('sync.here.unknown')}</Badge>
  const count = countOf(unsent)
  if (count === 0) return <Badge tone="good">{t('sync.here.none')}</Badge>
  return <Badge tone="busy">{t('sync.here.waiting', { count: formatNumber(count) })}</Badge>
}

/** What a person has to do something about comes before what is well. */
function Connected({ state }: { state: AppState }): JSX.Element {
  const status = state.link.heard.value?.status
  if (status?.storage) return <Badge tone="bad">{t('sync.node.full')}</Badge>
  if (status && status.exceptions > 0) {
    return <Badge tone="bad">{t('sync.node.exceptions', { count: formatNumber(status.exceptions) })}</Badge>
  }
  return <Badge tone="good">{t('sync.node.yes')}</Badge>
}

function Cloud({ state }: { state: AppState }): JSX.Element {
  const heard = state.link.heard.value
  const isCurrent = state.link.state.value.reachable === true
  if (!heard) return <Badge tone="unknown">{t('sync.cloud.unknown')}</Badge>
  const { sync } = heard.status
  if (isCurrent && !sync.enabled) return <Badge tone="unknown">{t('sync.cloud.off')}</Badge>
  if (isCurrent && sync.refused) return <Badge tone="bad">{t('sync.cloud.refused')}</Badge>
  if (isCurrent && sync.lastError) return <Badge tone="busy">{t('sync.cloud.away')}</Badge>
  const shown = shownVerdict(sync.verdict, nodeNow(heard), isCurrent)
  return <Badge tone={VERDICT_TONES[shown.state]}>{t(`sync.cloud.${shown.state}`)}</Badge>
}

/** Read out when the node goes and comes; not at the start, nor each time that something was sent. */
function Announcement({ reachable }: { reachable: boolean | undefined }): JSX.Element {
  const wasAway = useRef(false)
  if (reachable === false) wasAway.current = true
  return (
    <span class="visually-hidden" role="status">
      {reachable === false && t('frame.away')}
      {reachable === true && wasAway.current && t('frame.back')}
    </span>
  )
}

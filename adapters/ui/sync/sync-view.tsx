/** What a node exchanged: figures, reasons of failures, charts, the last cycles. The same at headquarters and at a branch. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import type { SyncFigures, SyncHistory, SyncLogPage } from '../../../schemas/protocol/sync-log.ts'
import { CycleTimeline } from './cycle-timeline.tsx'
import { FailuresByCode } from './failures-by-code.tsx'
import { FigureTiles, type ShownBacklog } from './figure-tiles.tsx'
import { HistoryCharts } from './history-charts.tsx'
import { RANGE_SHAPES, type HistoryRange } from './history-slots.ts'
import './sync.css'
import { useRenewed } from './use-renewed.ts'

/** Entries from which the last cycles are made. */
const ENTRIES = 300
/** Of a quarter of a year a new point comes every six hours. */
const QUARTER_EVERY_MS = 300_000

export interface SyncViewProps {
  /** Of all that the node knows without it. */
  readonly branchId?: string
  /** Asks the node for what is at an address; `undefined` where it does not answer. */
  readonly ask: <T>(path: string) => Promise<T | undefined>
  /** Another text whenever there may be something new. */
  readonly changes: string
  /** By the node's clock. */
  readonly nowMs: number
  /** Delays are measured at headquarters. */
  readonly measuresDelays: boolean
  /** Documents that wait, with what is to be said of their age. */
  readonly backlog: ShownBacklog
  /** Where the log shows what is chosen. */
  readonly logHref?: (chosen: Readonly<Record<string, string>>) => string
  /** What stands between figures and charts. */
  readonly children?: ComponentChildren
}

export function SyncView(props: SyncViewProps): JSX.Element {
  const { branchId, ask, changes, nowMs, logHref, measuresDelays } = props
  const range = useSignal<HistoryRange>('day')
  const of = branchId === undefined ? '' : `branch=${encodeURIComponent(branchId)}`
  const figures = useRenewed(of, changes, () => ask<SyncFigures>(`/api/sync-figures?${of}`))
  const log = useRenewed(of, changes, () => ask<SyncLogPage>(`/api/sync-log?limit=${ENTRIES}&${of}`))
  const { lengthMs, step } = RANGE_SHAPES[range.value]
  const history = useRenewed(
    `${of} ${range.value}`,
    range.value === 'day' ? changes : '',
    () => {
      const from = encodeURIComponent(new Date(nowMs - lengthMs).toISOString())
      return ask<SyncHistory>(`/api/sync-history?step=${step}&from=${from}&${of}`)
    },
    range.value === 'day' ? undefined : QUARTER_EVERY_MS,
  )
  const chosen = branchId === undefined ? {} : { branch: branchId }
  return (
    <>
      <FigureTiles figures={figures} measuresDelays={measuresDelays} backlog={props.backlog} />
      {props.children}
      <HistoryCharts
        history={history}
        range={range.value}
        onRange={(next) => (range.value = next)}
        nowMs={nowMs}
        measuresDelays={measuresDelays}
      />
      <div class="sync-columns">
        <CycleTimeline
          log={log}
          nowMs={nowMs}
          {...(logHref && { hrefOf: (request: string) => logHref({ ...chosen, request }) })}
        />
        <FailuresByCode
          figures={figures}
          {...(logHref && { hrefOf: (code: string) => logHref({ ...chosen, code }) })}
        />
      </div>
    </>
  )
}

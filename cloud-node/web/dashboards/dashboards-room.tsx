/** The chain's figures, from the mirror alone. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type { Failure } from '../frame/ask-node.ts'
import { choose, place } from '../frame/place.ts'
import type { RoomProps } from '../frame/room.tsx'
import { choiceOf, chosenOf, type Choice } from './dashboard-choice.ts'
import {
  dashboardList,
  dashboardOf,
  isFailure,
  loadFigures,
  loadList,
  loadRankings,
  shownFigures,
} from './dashboard-data.ts'
import { DashboardFilters } from './dashboard-filters.tsx'
import { d } from './dashboard-words.ts'
import './dashboards.css'
import { failureInWords } from './failure-in-words.ts'
import { currenciesOf } from './figures.ts'
import { Freshness } from './freshness.tsx'
import { MemberCards } from './member-cards.tsx'
import { SalesCards } from './sales-cards.tsx'
import { Sums } from './sums.tsx'

const AGAIN_MS = 60_000

export function DashboardsRoom({ live }: RoomProps): JSX.Element {
  useEffect(() => void loadList(), [])
  const list = dashboardList.value
  if (list === undefined) return <p role="status">{d('loading')}</p>
  if (isFailure(list)) return <Failed failure={list} onAgain={() => void loadList()} />
  if (!list.mirror) {
    return (
      <Notice tone="neutral" testId="figures-off">
        {d('off')}
      </Notice>
    )
  }
  return <Shown live={live} today={list.today} timeZone={list.timeZone} chainCurrency={list.currency} />
}

function Shown(
  props: Pick<RoomProps, 'live'> & { today: string; timeZone: string; chainCurrency: string },
): JSX.Element {
  const { live, today, timeZone } = props
  const choice = choiceOf(place.value.chosen, today)
  const refreshed = useSignal(0)
  const currencies = currenciesOf(dashboardOf('sales-by-day'))
  const picked = useSignal<string | undefined>(undefined)
  const currency = currencies.find((one) => one === picked.value) ?? currencies[0] ?? props.chainCurrency
  useLoading(choice, currency, refreshed.value, () => (refreshed.value += 1))
  const heard = live.heard.value
  const branches = heard?.status.branches ?? []
  const failure = Object.values(shownFigures.value).find((figures) => figures.kind === 'failed')?.failure
  const chosenBranch = choice.branch === undefined ? [] : [{ id: choice.branch, name: choice.branch }]
  return (
    <>
      <DashboardFilters
        choice={choice}
        today={today}
        branches={branches.length > 0 ? branches : chosenBranch}
        currencies={currencies}
        currency={currency}
        onChoose={(next) => choose('dashboards', chosenOf(next))}
        onCurrency={(next) => (picked.value = next)}
      />
      <Freshness heard={heard} timeZone={timeZone} branch={choice.branch} onRefresh={() => (refreshed.value += 1)} />
      {failure && <Failed failure={failure} onAgain={() => (refreshed.value += 1)} />}
      <Sums currency={currency} />
      <div class="figures-grid">
        <SalesCards choice={choice} currency={currency} />
        <MemberCards
          choice={choice}
          currency={currency}
          branches={new Map(branches.map(({ id, name }) => [id, name]))}
        />
      </div>
    </>
  )
}

/** Loads what is chosen, and again now and then while somebody looks: today goes on. */
function useLoading(choice: Choice, currency: string, refreshed: number, onAgain: () => void): void {
  const { from, to, branch = '' } = choice
  const days = `${from} ${to} ${branch}`
  useEffect(() => loadFigures(choice, isLoadedFor('figures', days)), [days, refreshed])
  useEffect(
    () => loadRankings(choice, currency, isLoadedFor('rankings', `${days} ${currency}`)),
    [days, currency, refreshed],
  )
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState !== 'visible') return
      void loadList()
      onAgain()
    }, AGAIN_MS)
    return () => clearInterval(timer)
  }, [])
}

const loadedFor = new Map<'figures' | 'rankings', string>()

function isLoadedFor(what: 'figures' | 'rankings', asked: string): boolean {
  const isSame = loadedFor.get(what) === asked
  loadedFor.set(what, asked)
  return isSame
}

function Failed({ failure, onAgain }: { failure: Failure; onAgain: () => void }): JSX.Element {
  return (
    <Notice
      tone="bad"
      testId="figures-failed"
      action={
        <Button testId="again" onClick={onAgain}>
          {d('again')}
        </Button>
      }
    >
      {failureInWords(failure)} {failure !== 'unreachable' && <code>{failure.code}</code>}
    </Notice>
  )
}

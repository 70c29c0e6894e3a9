/** Sales by hour as bars, today's beside those of the same weekday last week; the same as a table for whoever sees no bars. */
import type { JSX } from 'preact'
import { formatMoney } from '../../../adapters/ui/format.ts'
import { shownHours } from './today-figures.ts'
import { t } from '../words.ts'

const WIDE = 720
const HIGH = 180
/** Below the bars, for the hours. */
const FOOT = 22
const HEAD = 18

/** @param props.then absent where nothing is known of that day @param props.hour as it is now */
export function HourChart(props: {
  now: readonly number[]
  then: readonly number[] | undefined
  hour: number
  currency: string
}): JSX.Element {
  const { now, then, hour, currency } = props
  const { first, last } = shownHours(
    now.map((sales, at) => sales + (then?.[at] ?? 0)),
    hour,
  )
  const hours = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  const most = Math.max(1, ...hours.flatMap((at) => [now[at]!, then?.[at] ?? 0]))
  const busiest = hours.reduce((best, at) => (now[at]! > now[best]! ? at : best), first)
  const slot = WIDE / hours.length
  const tall = (sales: number) => (Math.max(0, sales) / most) * (HIGH - FOOT - HEAD)
  const bar = (sales: number, x: number, wide: number, kind: string) => (
    <rect class={kind} x={x} y={HIGH - FOOT - tall(sales)} width={wide} height={tall(sales)} rx="3" />
  )
  const label = t('today.chart', {
    from: clock(busiest),
    to: clock(busiest + 1),
    amount: formatMoney(now[busiest]!, currency),
  })
  return (
    <figure class="hours">
      <svg viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={label} data-testid="today-chart">
        <text class="hours-most" x="2" y={HEAD - 5}>
          {formatMoney(most, currency)}
        </text>
        <line class="hours-top" x1="0" x2={WIDE} y1={HEAD} y2={HEAD} />
        {hours.map((at, i) => (
          <g key={at}>
            {then && bar(then[at]!, i * slot + slot * 0.12, slot * 0.34, 'hours-then')}
            {bar(now[at]!, i * slot + slot * (then ? 0.5 : 0.2), slot * (then ? 0.38 : 0.6), 'hours-now')}
            {(hours.length <= 12 || i % 2 === 0) && (
              <text class="hours-hour" x={i * slot + slot / 2} y={HIGH - 5} text-anchor="middle">
                {at}
              </text>
            )}
          </g>
        ))}
        <line class="hours-base" x1="0" x2={WIDE} y1={HIGH - FOOT} y2={HIGH - FOOT} />
      </svg>
      {then && (
        <figcaption class="row">
          <span class="hours-key hours-key-now">{t('today.legend.now')}</span>
          <span class="hours-key hours-key-then">{t('today.legend.then')}</span>
        </figcaption>
      )}
      <details>
        <summary data-testid="today-table">{t('today.by-hour.table')}</summary>
        <table>
          <caption class="visually-hidden">{t('today.by-hour')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('today.hour')}</th>
              <th scope="col" class="numeric">
                {t('today.hour.sales')}
              </th>
              {then && (
                <th scope="col" class="numeric">
                  {t('today.hour.then')}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {hours.map((at) => (
              <tr key={at}>
                <td data-title={t('today.hour')}>
                  {clock(at)}–{clock(at + 1)}
                </td>
                <td class="numeric" data-title={t('today.hour.sales')}>
                  {formatMoney(now[at]!, currency)}
                </td>
                {then && (
                  <td class="numeric" data-title={t('today.hour.then')}>
                    {formatMoney(then[at]!, currency)}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}

function clock(hour: number): string {
  return `${String(hour % 24).padStart(2, '0')}:00`
}

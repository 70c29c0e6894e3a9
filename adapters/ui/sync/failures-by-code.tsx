/** Why exchanges failed within a day, the most frequent reason first, and what to do about each. */
import type { JSX } from 'preact'
import type { SyncFigures } from '../../../schemas/protocol/sync-log.ts'
import { formatNumber } from '../format.ts'
import { AsOf } from './as-of.tsx'
import { RunbookLink } from './runbook-link.tsx'
import { s } from './sync-words.ts'
import type { Renewed } from './use-renewed.ts'

export function FailuresByCode(props: {
  figures: Renewed<SyncFigures>
  /** Where the log shows those of a code. */
  hrefOf?: (code: string) => string
}): JSX.Element {
  const { figures, hrefOf } = props
  const codes = figures.value?.failuresByCode
  const most = Math.max(1, ...(codes ?? []).map(({ count }) => count))
  return (
    <section class="card stack" aria-label={s('codes.title')} data-testid="sync-codes">
      <div class="sync-head">
        <h3>{s('codes.title')}</h3>
        <AsOf of={figures} />
      </div>
      {!codes && <p class="muted">{s('codes.unread')}</p>}
      {codes?.length === 0 && <p class="muted">{s('codes.none')}</p>}
      {codes && codes.length > 0 && (
        <ul class="sync-bars-list">
          {codes.map(({ code, count }) => (
            <li key={code} data-testid={`code-${code}`}>
              <span class="sync-bar-name">
                {hrefOf ? (
                  <a href={hrefOf(code)}>
                    <code>{code}</code>
                  </a>
                ) : (
                  <code>{code}</code>
                )}
              </span>
              <i class="sync-bar" aria-hidden="true">
                <i style={{ width: `${(count / most) * 100}%` }} />
              </i>
              <strong class="numeric">{formatNumber(count)}</strong>
              <RunbookLink section={code} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

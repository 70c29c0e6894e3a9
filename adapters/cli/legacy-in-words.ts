/** How the import from a legacy database stands, in a line. */
import type { LegacyStatus } from '../../schemas/protocol/legacy.ts'

export function legacyInWords({
  source,
  state,
  by,
  progress,
  changes,
  lastChangeAt,
  rejects,
  lastError,
}: LegacyStatus): string {
  return [
    `${source ?? 'not read yet'}: ${state}${by ? ` by ${by}` : ''}`,
    ...(progress ? [`${progress.rows} ${progress.section} rows read`] : []),
    ...(lastError ? [lastError.message] : []),
    ...(rejects > 0 ? [`${rejects} rows not taken`] : []),
    `${changes} documents changed since the start${lastChangeAt ? `, last ${lastChangeAt}` : ''}`,
  ].join('; ')
}

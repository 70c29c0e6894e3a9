/** When headquarters compares rows with documents, by its configuration. */
import { RECONCILE_DEFAULTS, type CloudConfig } from '../../adapters/config/cloud-config.ts'
import { DEFAULT_TIME_ZONE } from '../../adapters/mysql/dashboard-days.ts'
import type { ReconcilePlan } from '../reconcile-schedule.ts'

export function reconcilePlan({ reconcile, timeZone }: Pick<CloudConfig, 'reconcile' | 'timeZone'>): ReconcilePlan {
  const recent = reconcile?.recent ?? RECONCILE_DEFAULTS.recent
  const all = reconcile?.all ?? RECONCILE_DEFAULTS.all
  return {
    ...(recent !== 'off' && { recent }),
    ...(all !== 'off' && { all }),
    repairUpTo: reconcile?.repairUpTo ?? RECONCILE_DEFAULTS.repairUpTo,
    timeZone: timeZone ?? DEFAULT_TIME_ZONE,
  }
}

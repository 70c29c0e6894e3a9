/** Whom headquarters tells of what, by its configuration. */
import { parseQuietHours } from '../../adapters/alerts/quiet-hours.ts'
import { parseThresholds, RULE_NAMES, USUAL_THRESHOLDS, type Thresholds } from '../../adapters/alerts/thresholds.ts'
import { ALERT_DEFAULTS } from '../../adapters/config/alerts-config.ts'
import type { CloudConfig } from '../../adapters/config/cloud-config.ts'
import { DEFAULT_TIME_ZONE } from '../../adapters/mysql/dashboard-days.ts'
import type { AlertRule } from '../../schemas/protocol/alerts.ts'
import type { AlertPlan } from '../alerts.ts'

export function alertPlan({ alerts = {}, timeZone }: Pick<CloudConfig, 'alerts' | 'timeZone'>): AlertPlan {
  const { language = ALERT_DEFAULTS.language, link, channels = [] } = alerts
  const { repeat = ALERT_DEFAULTS.repeat, quietHours = ALERT_DEFAULTS.quietHours } = alerts
  const thresholdsOf = (rule: AlertRule) => {
    const written = alerts[camelCase(rule)]
    return written === undefined ? USUAL_THRESHOLDS[rule] : parseThresholds(written)!
  }
  return {
    language,
    link,
    channelFiles: channels,
    quietHours: parseQuietHours(quietHours),
    timeZone: timeZone ?? DEFAULT_TIME_ZONE,
    repeatMs: repeat === 'off' ? undefined : repeat * 60_000,
    thresholds: Object.fromEntries(RULE_NAMES.map((rule) => [rule, thresholdsOf(rule)])) as Thresholds,
  }
}

type CamelCase<T extends string> = T extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : T

/** As the configuration has it. */
function camelCase<T extends string>(rule: T): CamelCase<T> {
  return rule.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()) as CamelCase<T>
}

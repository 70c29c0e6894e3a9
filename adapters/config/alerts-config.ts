/** The section `alerts` of headquarters' configuration file. */
import { z } from 'zod'
import type { AlertRule } from '../../schemas/protocol/alerts.ts'
import { parseQuietHours } from '../alerts/quiet-hours.ts'
import { areInOrder, parseThresholds, thresholdsInWords, USUAL_THRESHOLDS } from '../alerts/thresholds.ts'
import { key, section } from './config-key.ts'
import { isAddress, path } from './config-values.ts'

export const ALERT_DEFAULTS = { language: 'zh', quietHours: 'off', repeat: 60 } as const

const THRESHOLDS_ALLOWED =
  'levels with their figures, the graver the further out, such as critical 95, warning 99; or off'

const thresholdsOf = (rule: AlertRule) =>
  z.string().refine((text) => {
    const thresholds = parseThresholds(text)
    return thresholds !== undefined && areInOrder(rule, thresholds)
  })

const thresholdKey = (rule: AlertRule, about: string) =>
  key(thresholdsOf(rule), { about, allowed: THRESHOLDS_ALLOWED, default: thresholdsInWords(USUAL_THRESHOLDS[rule]) })

export const alertsSection = () =>
  section(
    'Whom headquarters tells that something is wrong, and from where on: docs/operations/alerts.md. Without this section the defaults hold, and the log alone is told.',
    {
      channels: key(z.array(path).min(1), {
        about: 'Ways to people, each by a file with its kind, its address and its secrets.',
        allowed: 'a list of files such as [dingtalk.yaml] that only their owner may read (mode 600)',
        example: ['dingtalk.yaml'],
        path: 'secret',
      }),
      language: key(z.enum(['zh', 'en']), {
        about: 'The language of messages.',
        allowed: 'zh or en',
        default: ALERT_DEFAULTS.language,
      }),
      link: key(z.string().refine(isAddress), {
        about: "The address of headquarters' page, which messages lead to.",
        allowed: 'an address such as https://hq.example.com',
        example: 'https://hq.example.com',
      }),
      quietHours: key(
        z.string().refine((text) => text === 'off' || parseQuietHours(text) !== undefined),
        {
          about: 'Hours in which people are told only of what is critical, by timeZone; the rest waits for their end.',
          allowed: 'hours such as 22:00-07:00, or off',
          default: ALERT_DEFAULTS.quietHours,
        },
      ),
      repeat: key(z.union([z.int().min(5).max(1440), z.literal('off')]), {
        about: 'After how many minutes people are told again of what is critical and nobody has acknowledged.',
        allowed: 'minutes from 5 to 1440, or off',
        default: ALERT_DEFAULTS.repeat,
      }),
      successRate: thresholdKey('success-rate', 'Percent of exchanges within 24 hours that succeeded, less than.'),
      delay: thresholdKey('delay', 'Seconds that documents take to headquarters on average, more than.'),
      consecutiveFailures: thresholdKey(
        'consecutive-failures',
        'Exchanges of a branch that failed in a row, more than.',
      ),
      failures: thresholdKey('failures', 'Exchanges that failed within an hour, more than.'),
      backlog: thresholdKey('backlog', 'Documents that wait at a branch, more than.'),
      retries: thresholdKey('retries', 'Documents that failed and are tried again by themselves, more than.'),
      differences: thresholdKey(
        'differences',
        'Documents that differ from their rows, more than; and 1 for a branch that differs from headquarters.',
      ),
      silentBranch: thresholdKey('silent-branch', 'Seconds since a branch was heard, more than.'),
      suspectedClone: thresholdKey('suspected-clone', '1 where two PCs say that they are one branch, more than.'),
      exceptions: thresholdKey('exceptions', 'Documents that wait for a person, at a branch or here, more than.'),
      clockOffset: thresholdKey('clock-offset', "Seconds that a branch's clock is off, more than."),
      disk: thresholdKey('disk', "Megabytes free on a branch's disk or on that of headquarters, less than."),
      storage: thresholdKey('storage', '1 where headquarters cannot save, more than.'),
      mirrorParked: thresholdKey('mirror-parked', 'Documents that MySQL refused, more than.'),
      mirrorStopped: thresholdKey('mirror-stopped', '1 where a mirror does not write and nobody paused it, more than.'),
      reconciliationFailed: thresholdKey(
        'reconciliation-failed',
        '1 where the last comparison of rows with documents failed, more than.',
      ),
      backupFailed: thresholdKey('backup-failed', '1 where the last backup failed, more than.'),
      burnRate: thresholdKey(
        'burn-rate',
        'How many times too fast failures use up what an objective of 99.9 percent allows, more than: critical within 1 hour, warning within 6, notice within 72.',
      ),
    },
  )

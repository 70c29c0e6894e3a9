/** Values and keys that both configuration files have. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { LOG_LEVELS } from '../log.ts'
import { LOG_DAYS } from '../synclog/log-limits.ts'
import { BACKUP_DEFAULTS } from '../node/backup-plan.ts'
import { key, section } from './config-key.ts'

export const port = z.int().min(0).max(65_535)
export const PORT_ALLOWED = 'a port from 0 (any free one) to 65535'

export const path = z.string().min(1)

/** Of this machine, to listen at. */
export const listenAddress = z.string().refine((text) => text === 'localhost' || isIP(text) !== 0)
export const LISTEN_ALLOWED = 'an address of this machine, 127.0.0.1 for itself only, or 0.0.0.0 for all it has'

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i

export const hostName = z
  .string()
  .max(253)
  .refine((text) => isIP(text) !== 0 || text.split('.').every((label) => LABEL.test(label)))

/** That an authority can be limited to: a name with a dot, and no address. */
export const dottedName = z
  .string()
  .max(253)
  .refine((text) => isIP(text) === 0 && text.includes('.') && text.split('.').every((label) => LABEL.test(label)))

/** A proxy, or a whole network of them. */
export const proxyAddress = z.string().refine((text) => {
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  if (text === 'loopback') return true
  if (version === 0 || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
})

/** Of a server, without user, password and what is asked of it. */
export function isAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === '' && !/[?#]/.test(text)
}

export const insecureHttpKey = (about: string) => key(z.boolean(), { about, allowed: 'true or false', default: false })

const kept = `The newest ${BACKUP_DEFAULTS.newest} and those of ${BACKUP_DEFAULTS.weeks} weeks before are kept.`

export const backupKeys = () =>
  section('The daily backup of everything that the node holds.', {
    folder: key(path, {
      about: `Where it goes; better another disk. ${kept}`,
      allowed: 'a folder',
      default: 'backups',
      path: 'folder',
    }),
    hour: key(z.union([z.int().min(0).max(23), z.literal('off')]), {
      about: "The hour at which it is made, by this machine's own clock.",
      allowed: 'an hour from 0 to 23, or off',
      default: BACKUP_DEFAULTS.hour,
    }),
  })

export const tracingKeys = () =>
  section('Traces of cycles, exchanges and batches of the mirror, by OpenTelemetry. Without it there are none.', {
    endpoint: key(z.string().refine(isAddress), {
      about:
        'A collector that takes OTLP over HTTP. The environment variable OTEL_EXPORTER_OTLP_ENDPOINT goes before it.',
      allowed: 'an address such as http://127.0.0.1:4318',
      example: 'http://127.0.0.1:4318',
    }),
  })

export const syncLogKeys = () =>
  section('What the node remembers of its exchanges, in a file of its own: docs/sync-log.md.', {
    days: key(z.int().min(1).max(90), {
      about: 'How long single exchanges are kept, and a million of them at most.',
      allowed: 'a number of days from 1 to 90',
      default: LOG_DAYS,
    }),
  })

export const collectionsKey = () =>
  key(path, {
    about: 'A JavaScript module that declares further collections, the same at headquarters and all branches.',
    allowed: 'a file',
    example: 'collections.mjs',
    path: 'file',
  })

export const logKey = () =>
  key(z.enum(LOG_LEVELS), {
    about: 'How much the node says: JSON lines on its standard error, without phones and secrets.',
    allowed: `one of ${LOG_LEVELS.join(', ')}`,
    default: 'warn',
  })

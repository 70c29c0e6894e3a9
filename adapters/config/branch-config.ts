/** The configuration file of a branch's node. */
import { z } from 'zod'
import { key, neededKey, section } from './config-key.ts'
import {
  backupKeys,
  collectionsKey,
  dottedName,
  insecureHttpKey,
  isAddress,
  LISTEN_ALLOWED,
  listenAddress,
  logKey,
  path,
  port,
  PORT_ALLOWED,
  syncLogKeys,
  tracingKeys,
} from './config-values.ts'

/** Of synchronisation as of everything else: times in seconds, as the file has them. */
export const BRANCH_DEFAULTS = { port: 7800, interval: 10, batch: 100, log: 'warn' } as const

export const LAN_DEFAULTS = { port: 7843, setupPort: 7880, address: '0.0.0.0' } as const

export const LEGACY_DEFAULTS = { capture: 'auto', every: 10 } as const

export const branchConfigSchema = z.strictObject({
  cloud: key(z.string().refine(isAddress), {
    about: 'The address of headquarters.',
    allowed: 'an address such as https://hq.example.com, without user, password or "?"',
    example: 'https://hq.example.com',
  }),
  ca: key(path, {
    about:
      "Certificates of authorities that are trusted beside the usual ones, where headquarters' own certificate comes from a private one.",
    allowed: 'a PEM file',
    example: 'authority.pem',
    path: 'file',
  }),
  insecureHttp: insecureHttpKey(
    'Whether headquarters on another machine may be asked without HTTPS, so that everybody in between reads phones and secrets.',
  ),
  port: key(port, {
    about: 'The port of the branch app on this PC itself.',
    allowed: PORT_ALLOWED,
    default: BRANCH_DEFAULTS.port,
  }),
  lan: section('The branch app for the other devices in the house, over HTTPS.', {
    name: neededKey(dottedName, {
      about:
        'The name by which devices call it. It stays for ever: what a device has not sent yet belongs to this name. Let the router lead it to this PC.',
      allowed: 'a host name with a dot, such as till.shop.example',
      example: 'till.shop.example',
    }),
    port: key(port, {
      about: 'The port of the app.',
      allowed: PORT_ALLOWED,
      default: LAN_DEFAULTS.port,
    }),
    setupPort: key(port, {
      about: "The port at which a new device fetches the certificate of this PC's own authority.",
      allowed: PORT_ALLOWED,
      default: LAN_DEFAULTS.setupPort,
    }),
    address: key(listenAddress, {
      about: 'The address that both listen at.',
      allowed: LISTEN_ALLOWED,
      default: LAN_DEFAULTS.address,
    }),
  }),
  interval: key(z.number().min(0.05).max(86_400), {
    about:
      'The pause between two cycles of synchronisation, in seconds; what is written here is sent at once all the same.',
    allowed: 'seconds from 0.05 to 86400',
    default: BRANCH_DEFAULTS.interval,
  }),
  batch: key(z.int().min(1).max(1000), {
    about: 'How many documents one exchange grows to. More go through a quick line faster.',
    allowed: 'a number of documents from 1 to 1000',
    default: BRANCH_DEFAULTS.batch,
  }),
  legacy: section(
    'A database of another system in the shop: its members and orders are imported, and what changes there is taken over.',
    {
      urlFile: neededKey(path, {
        about:
          'A file with one line, mysql://user:password@host:port/database. The environment variable LEGACY_MYSQL_URL goes before it; the address never stands here.',
        allowed: 'a file that only its owner may read (mode 600)',
        example: 'legacy-url',
        path: 'secret',
      }),
      map: neededKey(path, {
        about: 'Which tables and columns mean what.',
        allowed: 'a mapping file with tables, see docs/legacy.md',
        example: 'legacy.yaml',
        path: 'file',
      }),
      set: key(z.array(z.string().regex(/^[^=]+=/)).min(1), {
        about: 'Fills ${name} in the mapping.',
        allowed: 'a list of texts such as [shop=5]',
        example: ['shop=5'],
      }),
      capture: key(z.enum(['auto', 'binlog', 'watermark', 'off']), {
        about:
          'How changes are found: by the binary log where the server lets it be read, else by the watermark columns of the mapping; off imports once.',
        allowed: 'auto, binlog, watermark or off',
        default: LEGACY_DEFAULTS.capture,
      }),
      every: key(z.number().min(0.5).max(86_400), {
        about: 'The pause between two looks by watermarks, in seconds.',
        allowed: 'seconds from 0.5 to 86400',
        default: LEGACY_DEFAULTS.every,
      }),
    },
  ),
  backup: backupKeys(),
  tracing: tracingKeys(),
  syncLog: syncLogKeys(),
  collections: collectionsKey(),
  log: logKey(),
})

export type BranchConfig = z.output<typeof branchConfigSchema>

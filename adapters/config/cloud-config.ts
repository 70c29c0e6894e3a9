/** The configuration file of headquarters' node. */
import { z } from 'zod'
import { isCountry } from '../../schemas/phone.ts'
import { DEFAULT_TIME_ZONE, isTimeZone } from '../mysql/dashboard-days.ts'
import { overdraftSchema } from '../../schemas/protocol/chain-facts.ts'
import { alertsSection } from './alerts-config.ts'
import { key, neededKey, section } from './config-key.ts'
import { isCronPattern } from './cron-pattern.ts'
import {
  backupKeys,
  collectionsKey,
  hostName,
  insecureHttpKey,
  LISTEN_ALLOWED,
  listenAddress,
  logKey,
  path,
  port,
  PORT_ALLOWED,
  proxyAddress,
  syncLogKeys,
  tracingKeys,
} from './config-values.ts'

export const CLOUD_DEFAULTS = { port: 7700, address: '127.0.0.1', log: 'warn' } as const

export const RECONCILE_DEFAULTS = { recent: '*/15 * * * *', all: '0 2 * * 0', repairUpTo: 100 } as const

const schedule = z.string().refine((text) => text === 'off' || isCronPattern(text))
const SCHEDULE_ALLOWED = 'five fields of cron in quotes, minute hour day month weekday, or off'

export const cloudConfigSchema = z.strictObject({
  port: key(port, {
    about: 'The port of everything: branches, pages, programs.',
    allowed: PORT_ALLOWED,
    default: CLOUD_DEFAULTS.port,
  }),
  address: key(listenAddress, {
    about: 'The address that it listens at. Beyond this machine it needs tls below.',
    allowed: LISTEN_ALLOWED,
    default: CLOUD_DEFAULTS.address,
  }),
  names: key(z.array(hostName).min(1), {
    about:
      'The host names and addresses by which branches and people call it. Beyond this machine it answers to no others.',
    allowed: 'a list of names such as [hq.example.com], without https:// and port',
    example: ['hq.example.com'],
  }),
  tls: section('HTTPS by the node itself. A renewed certificate is taken within a minute, without a restart.', {
    certificate: neededKey(path, {
      about: 'The certificate, and behind it those that it was issued by.',
      allowed: 'a PEM file',
      example: '/etc/outpost/fullchain.pem',
      path: 'file',
    }),
    key: neededKey(path, {
      about: 'Its private key.',
      allowed: 'a PEM file that only its owner may read (mode 600)',
      example: '/etc/outpost/privkey.pem',
      path: 'secret',
    }),
  }),
  trustedProxies: key(z.array(proxyAddress).min(1), {
    about:
      'The proxies in front of the node that serve HTTPS for it. Only these are believed when they say where a request comes from and how it came.',
    allowed: 'a list of addresses and networks such as [127.0.0.1, 10.0.0.0/8]',
    example: ['127.0.0.1'],
  }),
  proxyCertificate: key(path, {
    about:
      "The certificate that the proxy shows. A branch whose clock is years off trusts it because headquarters' own key vouches for it.",
    allowed: 'a PEM file',
    example: '/etc/nginx/fullchain.pem',
    path: 'file',
  }),
  insecureHttp: insecureHttpKey(
    'Whether requests may come from other machines without HTTPS, so that everybody in between reads phones and secrets.',
  ),
  country: key(z.string().refine(isCountry), {
    about: 'How phones without a country code are read, unless a branch has a country of its own.',
    allowed: 'a country that has phones, as two capital letters such as CN',
    default: 'CN',
  }),
  currency: key(z.string().regex(/^[A-Z]{3}$/), {
    about: 'The currency of the chain.',
    allowed: 'three capital letters such as CNY',
    default: 'CNY',
  }),
  timeZone: key(z.string().refine(isTimeZone), {
    about:
      'The time zone whose days the dashboards count by, and in which the reconciliation keeps its hours; stored times are in UTC.',
    allowed: 'a name of the time zone database such as Asia/Shanghai',
    default: DEFAULT_TIME_ZONE,
  }),
  overdraft: section("How far below zero a member's balance may be spent.", {
    points: key(overdraftSchema.shape.points, {
      about: 'Points.',
      allowed: 'a whole number from 0 to 1000000000000',
      default: 0,
    }),
    value: key(overdraftSchema.shape.value, {
      about: 'Stored value, in the smallest unit of the currency.',
      allowed: 'a whole number from 0 to 1000000000000000',
      default: 0,
    }),
  }),
  mysql: section('The legacy tables, which the node keeps as its documents are. Without it there is no mirror.', {
    urlFile: key(path, {
      about:
        'A file with one line, mysql://user:password@host:port/database. The environment variable MYSQL_URL goes before it; the address never stands here.',
      allowed: 'a file that only its owner may read (mode 600)',
      example: 'mysql-url',
      path: 'secret',
    }),
    mapping: key(path, {
      about: "Which tables and columns hold what, where they are not Outpost's own: docs/mirror.md.",
      allowed: 'a file',
      example: 'mirror.yaml',
      path: 'file',
    }),
  }),
  mirrors: key(z.array(path).min(1), {
    about: 'Further databases that are kept too, each by a mapping file that also has a name and a urlFile.',
    allowed: 'a list of files such as [reporting.yaml]',
    example: ['reporting.yaml'],
    path: 'file',
  }),
  reconcile: section('When rows of the mirrors are compared with the documents that they were made of.', {
    recent: key(schedule, {
      about: 'Those of documents that were written since the last time.',
      allowed: SCHEDULE_ALLOWED,
      default: RECONCILE_DEFAULTS.recent,
    }),
    all: key(schedule, {
      about: 'All of them.',
      allowed: SCHEDULE_ALLOWED,
      default: RECONCILE_DEFAULTS.all,
    }),
    repairUpTo: key(z.int().min(0).max(1_000_000), {
      about: 'How many documents may differ for their rows to be repaired without a person.',
      allowed: 'a whole number from 0 to 1000000',
      default: RECONCILE_DEFAULTS.repairUpTo,
    }),
  }),
  alerts: alertsSection(),
  backup: backupKeys(),
  tracing: tracingKeys(),
  syncLog: syncLogKeys(),
  collections: collectionsKey(),
  log: logKey(),
})

export type CloudConfig = z.output<typeof cloudConfigSchema>

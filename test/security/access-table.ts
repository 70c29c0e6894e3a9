/**
 * Who may ask what, written by hand and by nobody's code: every address of both nodes with the least that is enough, and
 * for every role what it gets where that is enough and where it is not. `docs/security.md` says why.
 */
import type { BranchRole, HeadquartersRole } from '../support/security-chain.ts'

/** Of the collections with the versions of their schemas, an address for each. */
const COLLECTIONS = [
  'branches/0',
  'members/1',
  'orders/1',
  'products/0',
  'movements/0',
  'requests/0',
  'decisions/0',
] as const

export type HeadquartersLevel = 'open' | 'branch' | 'client' | 'viewer' | 'operator' | 'administrator' | 'command'
export type BranchLevel = 'open' | 'client' | 'device' | 'cashier' | 'manager' | 'command'

function collectionsFor<Level>(level: Level): Record<string, Level> {
  const addresses = COLLECTIONS.flatMap((name) => [
    `GET /${name}/pull`,
    `POST /${name}/push`,
    `GET /${name}/pullStream`,
  ])
  return Object.fromEntries(addresses.map((address) => [address, level]))
}

export const HEADQUARTERS: Readonly<Record<string, HeadquartersLevel>> = {
  'GET /api/health': 'open',
  'GET /livez': 'open',
  'GET /readyz': 'open',
  // From this machine; from elsewhere: test/adapters/http/metrics-routes.test.ts.
  'GET /metrics': 'open',
  'GET /api/openapi.json': 'open',
  'GET /api/session': 'open',
  'POST /api/session': 'open',
  'POST /exchange/v1/enroll': 'open',
  'GET /exchange/v1/time': 'open',
  'POST /exchange/:version/:name': 'open',

  'POST /exchange/v1/heartbeat': 'branch',
  'POST /exchange/v1/push': 'branch',
  'POST /exchange/v1/pull': 'branch',
  'POST /exchange/v1/receipts': 'branch',
  'POST /exchange/v1/digests': 'branch',
  'POST /exchange/v1/stats': 'branch',
  'POST /exchange/v1/whereabouts': 'branch',
  'GET /exchange/v1/nudges': 'branch',
  'POST /exchange/v1/key': 'branch',

  ...collectionsFor<HeadquartersLevel>('client'),

  'GET /api/status': 'viewer',
  'GET /api/status/stream': 'viewer',
  'POST /api/session/end': 'viewer',
  'POST /api/session/password': 'viewer',
  'GET /api/branches': 'viewer',
  'GET /api/branches/:id': 'viewer',
  'GET /api/branches/:id/joining': 'viewer',
  'GET /api/branches/:id/keys': 'viewer',
  'GET /api/recovery': 'viewer',
  'GET /api/documents/:collection/:id': 'viewer',
  'GET /api/products': 'viewer',
  'GET /api/orders': 'viewer',
  'GET /api/members/negative': 'viewer',
  'POST /api/members/find': 'viewer',
  'POST /api/members/search': 'viewer',
  'GET /api/members/:id': 'viewer',
  'GET /api/members/:id/audit': 'viewer',
  'GET /api/members/:id/documents/:collection': 'viewer',
  'GET /api/requests': 'viewer',
  'GET /api/mirrors': 'viewer',
  'GET /api/dashboards': 'viewer',
  'GET /api/dashboards/:name': 'viewer',
  'GET /api/mirrors/:name/parked': 'viewer',
  'GET /api/mirrors/:name/refused-changes': 'viewer',
  'POST /api/mirrors/:name/retry': 'operator',
  'POST /api/mirrors/:name/pause': 'operator',
  'POST /api/mirrors/:name/resume': 'operator',
  'POST /api/mirrors/:name/rebuild': 'administrator',
  'GET /api/reconcile': 'viewer',
  'GET /api/reconcile/:run': 'viewer',
  'POST /api/reconcile': 'operator',
  'POST /api/reconcile/:run/approve': 'operator',
  'POST /api/reconcile/:run/stop': 'operator',
  'GET /api/alerts': 'viewer',
  'POST /api/alerts/:key/acknowledge': 'operator',
  'POST /api/alerts/test': 'administrator',
  'GET /api/sync-log': 'viewer',
  'GET /api/sync-log/:number': 'viewer',
  'GET /api/sync-log/request/:id': 'viewer',
  'GET /api/sync-history': 'viewer',
  'GET /api/sync-figures': 'viewer',
  'GET /api/chain-figures': 'viewer',
  'GET /api/exceptions': 'viewer',
  'GET /api/exceptions/:id': 'viewer',

  'POST /api/branches/:id/enable': 'operator',
  'POST /api/branches/:id/disable': 'operator',
  'POST /api/import': 'operator',
  'POST /api/documents/:collection': 'operator',
  'POST /api/members/:id/actions': 'operator',
  'POST /api/requests/:id/decide': 'operator',
  'POST /api/exceptions/retry': 'operator',
  'POST /api/exceptions/:id/retry': 'operator',
  'POST /api/exceptions/:id/discard': 'operator',

  'POST /api/branches': 'administrator',
  'POST /api/branches/:id/keep': 'administrator',
  'POST /api/branches/:id/replace': 'administrator',
  'POST /api/branches/:id/retire': 'administrator',
  'POST /api/branches/:id/revive': 'administrator',
  'POST /api/branches/:id/snapshot': 'administrator',
  'POST /api/branches/:id/code': 'administrator',
  'POST /api/branches/:id/revoke': 'administrator',
  'POST /api/recovery/end': 'administrator',
  'GET /api/programs': 'administrator',
  'POST /api/programs': 'administrator',
  'POST /api/programs/:id/revoke': 'administrator',
  'GET /api/accounts': 'administrator',
  'POST /api/accounts': 'administrator',
  'POST /api/accounts/:id/role': 'administrator',
  'POST /api/accounts/:id/password': 'administrator',
  'POST /api/accounts/:id/close': 'administrator',
  'POST /api/accounts/:id/reopen': 'administrator',
  'GET /api/audit': 'administrator',
  'POST /api/backups': 'administrator',

  'POST /api/bundles/export': 'command',
  'POST /api/bundles/import': 'command',
}

export const BRANCH: Readonly<Record<string, BranchLevel>> = {
  'GET /api/health': 'open',
  'GET /livez': 'open',
  'GET /readyz': 'open',
  // From this machine; from elsewhere: test/adapters/http/metrics-routes.test.ts.
  'GET /metrics': 'open',
  'GET /api/openapi.json': 'open',
  'GET /api/access': 'open',
  'POST /api/pairing': 'open',
  'POST /api/access/emptied': 'open',

  ...collectionsFor<BranchLevel>('client'),

  'GET /api/session': 'device',
  'GET /api/status': 'device',
  'GET /api/status/stream': 'device',
  'GET /api/staff': 'device',
  'POST /api/staff/login': 'device',
  'POST /api/staff/check-pin': 'device',
  'POST /api/staff/logout': 'device',

  'POST /api/sync': 'cashier',
  'POST /api/whereabouts': 'cashier',
  'POST /api/refresh': 'cashier',
  'GET /api/documents/:collection/:id': 'cashier',
  'POST /api/documents/:collection': 'cashier',
  'POST /api/members/find': 'cashier',
  'POST /api/members': 'cashier',
  'GET /api/members/:id': 'cashier',
  'GET /api/members/:id/balance': 'cashier',
  'GET /api/members/:id/documents/:collection': 'cashier',
  'POST /api/members/:id/requests': 'cashier',
  'GET /api/requests': 'cashier',
  'GET /api/exceptions': 'cashier',
  'GET /api/exceptions/:id': 'cashier',
  'POST /api/staff/own-pin': 'cashier',

  'POST /api/sync/settings': 'manager',
  'POST /api/import': 'manager',
  'POST /api/backups': 'manager',
  'POST /api/exceptions/retry': 'manager',
  'POST /api/exceptions/:id/retry': 'manager',
  'POST /api/exceptions/:id/discard': 'manager',
  'POST /api/pairing-codes': 'manager',
  'GET /api/devices': 'manager',
  'GET /api/devices/shut-out': 'manager',
  'POST /api/devices/:id/revoke': 'manager',
  'GET /api/staff/all': 'manager',
  'POST /api/staff': 'manager',
  'POST /api/staff/:id/pin': 'manager',
  'POST /api/staff/:id/role': 'manager',
  'POST /api/staff/:id/close': 'manager',
  'POST /api/staff/:id/reopen': 'manager',
  'GET /api/audit': 'manager',
  'GET /api/sync-log': 'manager',
  'GET /api/sync-log/:number': 'manager',
  'GET /api/sync-log/request/:id': 'manager',
  'GET /api/sync-history': 'manager',
  'GET /api/sync-figures': 'manager',

  'POST /api/bundles/export': 'command',
  'POST /api/bundles/import': 'command',

  'GET /api/legacy': 'manager',
  'GET /api/legacy/:source': 'command',
  'POST /api/legacy': 'command',
}

/** `in`, or the status and the code of the refusal. */
export type Expectation = 'in' | `${number} ${string}`

const UNPROVED = '401 UNAUTHENTICATED'
const LOGIN = '401 LOGIN_NEEDED'
const UNPAIRED = '401 NOT_PAIRED'
const NO = '403 FORBIDDEN'

type Row<Level extends string> = Readonly<Record<Level, Expectation>>

function everywhere<Level extends string>(levels: readonly Level[], expected: Expectation): Row<Level> {
  return Object.fromEntries(levels.map((level) => [level, expected])) as Row<Level>
}

const AT_HEADQUARTERS = ['open', 'branch', 'client', 'viewer', 'operator', 'administrator', 'command'] as const
const AT_BRANCH = ['open', 'client', 'device', 'cashier', 'manager', 'command'] as const

const NOBODY_AT_HEADQUARTERS: Row<HeadquartersLevel> = {
  open: 'in',
  branch: UNPROVED,
  client: UNPROVED,
  viewer: LOGIN,
  operator: LOGIN,
  administrator: LOGIN,
  command: UNPROVED,
}
const A_BRANCH: Row<HeadquartersLevel> = {
  ...everywhere(AT_HEADQUARTERS, NO),
  open: 'in',
  branch: 'in',
  client: 'in',
}

export const HEADQUARTERS_ROLES: Readonly<Record<HeadquartersRole, Row<HeadquartersLevel>>> = {
  nobody: NOBODY_AT_HEADQUARTERS,
  'unissued token': everywhere(AT_HEADQUARTERS, UNPROVED),
  viewer: { ...everywhere(AT_HEADQUARTERS, NO), open: 'in', viewer: 'in' },
  operator: { ...everywhere(AT_HEADQUARTERS, NO), open: 'in', viewer: 'in', operator: 'in' },
  administrator: {
    ...everywhere(AT_HEADQUARTERS, NO),
    open: 'in',
    viewer: 'in',
    operator: 'in',
    administrator: 'in',
  },
  'ended session': NOBODY_AT_HEADQUARTERS,
  'closed account': NOBODY_AT_HEADQUARTERS,
  'expired session': NOBODY_AT_HEADQUARTERS,
  branch: A_BRANCH,
  'other branch': A_BRANCH,
  'revoked branch': everywhere(AT_HEADQUARTERS, '403 REVOKED'),
  program: { ...everywhere(AT_HEADQUARTERS, NO), open: 'in', client: 'in' },
  'revoked program': everywhere(AT_HEADQUARTERS, UNPROVED),
  'device of a branch': everywhere(AT_HEADQUARTERS, UNPROVED),
  command: { ...everywhere(AT_HEADQUARTERS, 'in'), branch: NO, client: NO },
}

const NOBODY_AT_A_BRANCH: Row<BranchLevel> = {
  open: 'in',
  client: UNPROVED,
  device: UNPAIRED,
  cashier: UNPAIRED,
  manager: UNPAIRED,
  command: UNPROVED,
}
const A_DEVICE: Row<BranchLevel> = {
  open: 'in',
  client: 'in',
  device: 'in',
  cashier: LOGIN,
  manager: LOGIN,
  command: NO,
}
const NOT_PAIRED = everywhere(AT_BRANCH, UNPAIRED)

export const BRANCH_ROLES: Readonly<Record<BranchRole, Row<BranchLevel>>> = {
  nobody: NOBODY_AT_A_BRANCH,
  'unissued token': NOT_PAIRED,
  device: A_DEVICE,
  cashier: { ...A_DEVICE, cashier: 'in', manager: NO },
  manager: { ...A_DEVICE, cashier: 'in', manager: 'in' },
  'expired staff session': A_DEVICE,
  'staff session elsewhere': A_DEVICE,
  'closed cashier': A_DEVICE,
  'revoked device': NOBODY_AT_A_BRANCH,
  'revoked program': NOT_PAIRED,
  program: A_DEVICE,
  'device of another branch': NOBODY_AT_A_BRANCH,
  'program of another branch': NOT_PAIRED,
  'signed branch': everywhere(AT_BRANCH, UNPROVED),
  command: { ...everywhere(AT_BRANCH, 'in'), client: NO },
}

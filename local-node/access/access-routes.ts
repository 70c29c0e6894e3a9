/** The addresses for pairing a device, for the staff and for what managers do about both. */
import { clearCookie, readCookie, setCookie } from '../../adapters/http/cookies.ts'
import type { RouteTable } from '../../adapters/http/route-table.ts'
import { actorOf } from '../../schemas/access.ts'
import type {
  AccessFacts,
  PairedDevice,
  PairingAnswer,
  PairingCode,
  ShutOutDevice,
  StaffChoice,
  StaffIdentity,
  StaffMember,
} from '../../schemas/protocol/staff.ts'
import {
  idParams,
  loginBody,
  newStaffBody,
  nothing,
  ownPinBody,
  pairingBody,
  pinBody,
  revokeBody,
  roleBody,
} from './access-bodies.ts'
import { SESSION_S, showsCookie, type BranchAccess } from './branch-access.ts'

/** Browsers keep a cookie no longer; each start of the app renews it. */
const DEVICE_S = 400 * 86_400

export function addAccessRoutes(routes: RouteTable, access: BranchAccess): void {
  addPairingRoutes(routes, access)
  addLoginRoutes(routes, access)
  addStaffRoutes(routes, access)
}

function addPairingRoutes(routes: RouteTable, access: BranchAccess): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/access',
      access: 'open',
      about:
        'Whether whoever asks is a paired device, who is logged in at it, and whether the branch has a manager yet. A browser that was shut out as lost is told `lost: true`.',
    },
    ({ principal, req, res }): AccessFacts => {
      const token = showsCookie(req) ? readCookie(req, access.cookies.device) : undefined
      const isRenewed = principal.kind === 'device' && token !== undefined
      if (isRenewed) setCookie(req, res, access.cookies.device, token, DEVICE_S)
      return access.facts(principal, token)
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/pairing',
      access: 'open',
      about:
        'Pairs a device with a code that is open. A browser gets a cookie; a program says `bearer: true` and gets its token in the answer, once. Where the branch has no manager, a browser names the first.',
      body: pairingBody,
    },
    async ({ body, req, res }): Promise<PairingAnswer> => {
      const former = body.bearer === true ? undefined : readCookie(req, access.cookies.device)
      const { id, name, token } = await access.devices.pair({ ...body, address: req.ip ?? '', former })
      if (body.bearer === true) return { device: { id, name }, token }
      setCookie(req, res, access.cookies.device, token, DEVICE_S)
      return { device: { id, name } }
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/pairing-codes',
      access: 'manager',
      about: 'Makes a code for one more device, good for ten minutes and one use.',
      body: nothing,
    },
    ({ principal }): PairingCode => access.devices.issueCode(actorOf(principal)),
  )
  routes.add(
    { method: 'GET', path: '/api/devices', access: 'manager', about: 'The paired devices, the newest first.' },
    (): PairedDevice[] => access.devices.list(),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/devices/shut-out',
      access: 'manager',
      about:
        'The browsers that were shut out and keep what is on them, the last one first. Until it is paired again, each can still be declared lost.',
    },
    (): ShutOutDevice[] => access.devices.listShutOut(),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/devices/:id/revoke',
      access: 'manager',
      about:
        'Shuts a device out at once. What it has not sent stays on it, and comes once it is paired again; with `lost: true`, a browser deletes everything that is on it when it next meets the node, also one that was shut out before.',
      params: idParams,
      body: revokeBody,
    },
    ({ principal, params, body, req }): { revoked: true } => {
      access.devices.revoke(actorOf(principal), params.id, body.lost)
      const token = readCookie(req, access.cookies.device)
      const isItself = principal.kind === 'device' && principal.id === params.id
      if (isItself && token !== undefined) access.devices.expectEmptied(token)
      return { revoked: true }
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/access/emptied',
      access: 'open',
      about:
        'A browser that a manager took out of use at itself says that it has deleted everything: it stands no longer among those that were shut out. Nothing is taken from any other.',
      body: nothing,
    },
    ({ req }): { noted: boolean } => {
      const token = showsCookie(req) ? readCookie(req, access.cookies.device) : undefined
      return { noted: token !== undefined && access.devices.noteEmptied(token) }
    },
  )
}

function addLoginRoutes(routes: RouteTable, access: BranchAccess): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/staff',
      access: 'device',
      about:
        'Who may log in. A browser where somebody is logged in gets the argon2id hash of each PIN too, to let people in while the node is away.',
    },
    ({ principal }): StaffChoice[] => access.choices(principal.kind === 'device' && principal.staff !== undefined),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/staff/login',
      access: 'device',
      about: 'Logs somebody in at this browser, for twelve hours at most. Wrong PINs make waits that grow.',
      body: loginBody,
    },
    async ({ principal, body, req, res }): Promise<{ staff: StaffIdentity }> => {
      const { token, staff } = await access.staff.login(access.browserOf(principal), body.staffId, body.pin)
      const former = readCookie(req, access.cookies.staff)
      if (former !== undefined) access.staff.logout(former)
      setCookie(req, res, access.cookies.staff, token, SESSION_S)
      return { staff: identityOf(staff) }
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/staff/check-pin',
      access: 'device',
      about:
        'Tells a browser whose PIN it is, and logs nobody in or out: a manager says yes at a device that cannot check PINs by itself. Wrong ones count with those of the login.',
      body: loginBody,
    },
    async ({ principal, body }): Promise<{ staff: StaffIdentity }> => ({
      staff: identityOf(await access.staff.checkPin(access.browserOf(principal), body.staffId, body.pin)),
    }),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/staff/logout',
      access: 'device',
      about: 'Ends the login at this device.',
      body: nothing,
    },
    ({ req, res }): { loggedOut: true } => {
      const token = readCookie(req, access.cookies.staff)
      if (token !== undefined) access.staff.logout(token)
      clearCookie(req, res, access.cookies.staff)
      return { loggedOut: true }
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/staff/own-pin',
      access: 'cashier',
      about: 'Gives whoever is logged in another PIN, and ends their other logins.',
      body: ownPinBody,
    },
    async ({ principal, body, req, res }): Promise<{ staff: StaffIdentity }> => {
      const browser = access.browserOf(principal)
      const staff = browser.staff!
      await access.staff.setOwnPin(actorOf(principal), staff.id, body.present, body.pin)
      const { token } = await access.staff.login(browser, staff.id, body.pin)
      setCookie(req, res, access.cookies.staff, token, SESSION_S)
      return { staff }
    },
  )
}

function addStaffRoutes(routes: RouteTable, access: BranchAccess): void {
  const { staff } = access
  routes.add(
    { method: 'GET', path: '/api/staff/all', access: 'manager', about: 'The whole staff, those who were closed too.' },
    (): StaffMember[] => staff.list(),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/staff',
      access: 'manager',
      about: "Adds somebody. A PIN has 4 to 10 digits, a manager's 6 at least; what a thief tries first is refused.",
      body: newStaffBody,
    },
    ({ principal, body }): Promise<StaffMember> => staff.add(actorOf(principal), body),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/staff/:id/pin',
      access: 'manager',
      about: 'Gives somebody another PIN, and ends their logins.',
      params: idParams,
      body: pinBody,
    },
    ({ principal, params, body }): Promise<StaffMember> => staff.setPin(actorOf(principal), params.id, body.pin),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/staff/:id/role',
      access: 'manager',
      about:
        'Makes somebody a cashier or a manager, at once; the only manager stays one, and who has a short PIN needs another one first.',
      params: idParams,
      body: roleBody,
    },
    ({ principal, params, body }): StaffMember => staff.setRole(actorOf(principal), params.id, body.role),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/staff/:id/close',
      access: 'manager',
      about: 'Lets somebody in no more, and ends their logins; the only manager stays.',
      params: idParams,
      body: nothing,
    },
    ({ principal, params }): StaffMember => staff.close(actorOf(principal), params.id),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/staff/:id/reopen',
      access: 'manager',
      about: 'Lets somebody in again who was closed.',
      params: idParams,
      body: nothing,
    },
    ({ principal, params }): StaffMember => staff.reopen(actorOf(principal), params.id),
  )
}

function identityOf({ id, name, role }: StaffMember): StaffIdentity {
  return { id, name, role }
}

/** Who asks, and what each may do: decided here, for every address of both nodes (`docs/security.md`). */

/** Of a branch's staff; each may do what those before it may. */
export const STAFF_ROLES = ['cashier', 'manager'] as const
export type StaffRole = (typeof STAFF_ROLES)[number]

/** Of headquarters' accounts; each may do what those before it may. */
export const ACCOUNT_ROLES = ['viewer', 'operator', 'administrator'] as const
export type AccountRole = (typeof ACCOUNT_ROLES)[number]

/**
 * What an address asks for. `open`: nothing; `branch`: a request signed with a branch's key; `client`: an RxDB client,
 * which is a branch's node or a program with a token at headquarters, and a paired device at a branch; `device`: a paired
 * device; the roles: a person who is logged in; `command`: a command on the node's own machine, which may do everything
 * that people may.
 */
export type Access = 'open' | 'branch' | 'client' | 'device' | StaffRole | AccountRole | 'command'

/** Who a request comes from, as far as it has proved it. */
export type Principal =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'command' }
  | BranchPrincipal
  | { readonly kind: 'program'; readonly id: string; readonly name: string; readonly branchId: string }
  | DevicePrincipal
  | AccountPrincipal

export interface BranchPrincipal {
  readonly kind: 'branch'
  readonly branchId: string
  /** RFC 7638 thumbprint of the key that signed. */
  readonly keyId: string
  /** SHA-256 of the body as it travels, base64url: whoever reads the body compares. */
  readonly bodyHash: string
}

export interface DevicePrincipal {
  readonly kind: 'device'
  readonly id: string
  readonly name: string
  /** Who is logged in at the device. */
  readonly staff?: { readonly id: string; readonly name: string; readonly role: StaffRole }
}

export interface AccountPrincipal {
  readonly kind: 'account'
  readonly id: string
  readonly name: string
  readonly role: AccountRole
}

/** `unknown`: whoever it is has to say first who it is; `forbidden`: it is known, and may not. */
export type Permission = 'granted' | 'unknown' | 'forbidden'

export function permissionOf(access: Access, principal: Principal): Permission {
  if (access === 'open') return 'granted'
  if (access === 'branch') return onlyKind(principal, 'branch')
  if (principal.kind === 'nobody') return 'unknown'
  if (access === 'client') {
    return principal.kind === 'branch' || principal.kind === 'program' || principal.kind === 'device'
      ? 'granted'
      : 'forbidden'
  }
  if (principal.kind === 'command') return 'granted'
  if (access === 'command') return 'forbidden'
  if (access === 'device') return principal.kind === 'device' ? 'granted' : 'forbidden'
  if (isStaffRole(access)) {
    if (principal.kind !== 'device') return 'forbidden'
    if (!principal.staff) return 'unknown'
    return STAFF_ROLES.indexOf(principal.staff.role) >= STAFF_ROLES.indexOf(access) ? 'granted' : 'forbidden'
  }
  if (principal.kind !== 'account') return 'forbidden'
  return ACCOUNT_ROLES.indexOf(principal.role) >= ACCOUNT_ROLES.indexOf(access) ? 'granted' : 'forbidden'
}

function onlyKind(principal: Principal, kind: Principal['kind']): Permission {
  if (principal.kind === kind) return 'granted'
  return principal.kind === 'nobody' ? 'unknown' : 'forbidden'
}

function isStaffRole(access: Access): access is StaffRole {
  return (STAFF_ROLES as readonly string[]).includes(access)
}

/** As an audit entry names it: what it is, and its name. */
export function actorOf(principal: Principal): string {
  if (principal.kind === 'device' && principal.staff) return `staff ${principal.staff.name}`
  if (principal.kind === 'branch') return `branch ${principal.branchId}`
  return 'name' in principal ? `${principal.kind} ${principal.name}` : principal.kind
}

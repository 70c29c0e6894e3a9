/** Everything that both nodes ask their stores about who may come: keys, codes, programs, accounts, devices, staff. */
import type { Request } from 'express'
import { AuditLog } from '../../../adapters/access/audit-log.ts'
import { parseEnrolmentCode } from '../../../adapters/access/enrolment-code.ts'
import { keyIdOf, sign } from '../../../adapters/access/request-proof.ts'
import { newSigningKey, readSigningKey, readVerifyingKey } from '../../../adapters/exchange/signature.ts'
import type { Store } from '../../../adapters/sqlite/store.ts'
import type { CloudAccess } from '../../../cloud-node/cloud-access.ts'
import { BranchAccess } from '../../../local-node/access/branch-access.ts'
import type { Principal } from '../../../schemas/access.ts'
import { PROOF_TYPES } from '../../../schemas/protocol/request-proof.ts'

export async function useCloudAccess(access: CloudAccess, branchId: string): Promise<void> {
  const { accounts, audit, enrolment, keys, programs } = access
  const { publicKey } = newSigningKey()
  const code = parseEnrolmentCode(enrolment.issueCode(branchId).code)!.secret
  // A PC that has not heard the answer asks again.
  for (let i = 0; i < 2; i++) await enrolment.enrol({ code, publicKey })
  const keyId = await keyIdOf(readVerifyingKey(publicKey))
  keys.find(keyId)
  keys.noteUse(keyId)
  const next = newSigningKey()
  const signer = { key: readSigningKey(next.privateKey), keyId: 'next', audience: keyId }
  await enrolment.rotate(branchId, keyId, {
    publicKey: next.publicKey,
    proof: await sign(signer, PROOF_TYPES.newKey, {}),
  })
  enrolment.keys(branchId)
  enrolment.revoke(branchId, false)

  const program = access.addProgram('till', branchId)
  programs.find(program.token)
  access.listPrograms()
  access.revokeProgram(program.id)

  const [name, password] = ['boss', 'a long password']
  const login = { name, password, address: '127.0.0.1' }
  const { id } = await accounts.add({ name, password, role: 'administrator' }, 'command')
  const other = await accounts.add({ name: 'other', password, role: 'viewer' }, 'command')
  accounts.setRole(other.id, 'operator', 'command')
  accounts.close(other.id, 'command')
  accounts.whoIs(await accounts.login(login))
  accounts.logout(await accounts.changeOwnPassword(login, 'another long password'))
  await accounts.setPassword(id, password, 'command')
  accounts.list()
  audit.list({ limit: 10 })
}

/** @param store a branch's */
export async function useBranchAccess(store: Store, branchId: string): Promise<void> {
  let nowMs = Date.now()
  const clock = () => nowMs
  const access = new BranchAccess({ store, branchId, audit: new AuditLog(store, clock), nowMs: clock })
  const { devices, staff, cookies } = access
  const { code } = devices.issueCode('command')
  const manager = { name: 'Li', pin: '830514' }
  const device = await devices.pair({ code, address: '127.0.0.1', name: 'till', manager })
  const [{ id } = { id: '' }] = access.choices(true)
  const principal: Principal = { kind: 'device', id: device.id, name: device.name }
  const { token } = await staff.login(principal, id, manager.pin)
  // Long enough that it is written when the session was last asked with.
  nowMs += 120_000
  access.whoIs(requestWith(`${cookies.device}=${device.token}; ${cookies.staff}=${token}`))
  await staff.setOwnPin('staff Li', id, manager.pin, '294716')
  const other = await staff.add('staff Li', { name: 'Wang', role: 'cashier', pin: '615827' })
  staff.setRole('staff Li', other.id, 'manager')
  staff.close('staff Li', other.id)
  staff.logout(token)
  devices.list()
  devices.revoke('staff Li', device.id)
  devices.listShutOut()
  devices.revoke('staff Li', device.id, true)
  const again = devices.issueCode('command').code
  await devices.pair({ code: again, address: '127.0.0.1', name: 'till', former: device.token })
  access.facts({ kind: 'nobody' }, device.token)
}

function requestWith(cookie: string): Request {
  return { get: (name: string) => (name === 'cookie' ? cookie : undefined) } as Request
}

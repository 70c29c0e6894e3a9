/** What commands do with staff and devices, through the running node or on the store of the stopped one. */
import { callNode, onNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import type { StaffRole } from '../../schemas/access.ts'
import type { PairedDevice, ShutOutDevice, StaffMember } from '../../schemas/protocol/staff.ts'
import type { BranchAccess } from './branch-access.ts'
import type { NewStaff } from './staff-desk.ts'

export interface AccessNode {
  listStaff(): Promise<StaffMember[]>
  addStaff(person: NewStaff): Promise<StaffMember>
  setPin(id: string, pin: string): Promise<StaffMember>
  setRole(id: string, role: StaffRole): Promise<StaffMember>
  close(id: string): Promise<StaffMember>
  reopen(id: string): Promise<StaffMember>
  listDevices(): Promise<PairedDevice[]>
  /** Those that can still be declared lost. */
  listShutOut(): Promise<ShutOutDevice[]>
  /** @param isLost it deletes what is on it when it next meets the node */
  revokeDevice(id: string, isLost: boolean): Promise<void>
}

/** The branch of a data folder whose node is stopped. */
export type OpenStopped = (dataDir: string) => Promise<{ access: BranchAccess; close: () => void }>

export type OnAccess = <T>(dataDir: string, work: (node: AccessNode) => Promise<T>) => Promise<T>

export function onAccessOf(openStopped: OpenStopped): OnAccess {
  return (dataDir, work) =>
    onNode(
      dataDir,
      (running) => work(remoteAccess(running)),
      async () => {
        const { access, close } = await openStopped(dataDir)
        return work(directAccess(access)).finally(close)
      },
    )
}

function remoteAccess(node: NodeAddress): AccessNode {
  const post = (id: string, what: string, body: object) =>
    callNode<StaffMember>(node, 'POST', `/api/staff/${encodeURIComponent(id)}/${what}`, body)
  return {
    listStaff: () => callNode(node, 'GET', '/api/staff/all'),
    addStaff: (person) => callNode(node, 'POST', '/api/staff', person),
    setPin: (id, pin) => post(id, 'pin', { pin }),
    setRole: (id, role) => post(id, 'role', { role }),
    close: (id) => post(id, 'close', {}),
    reopen: (id) => post(id, 'reopen', {}),
    listDevices: () => callNode(node, 'GET', '/api/devices'),
    listShutOut: () => callNode(node, 'GET', '/api/devices/shut-out'),
    revokeDevice: async (id, isLost) => {
      await callNode(node, 'POST', `/api/devices/${encodeURIComponent(id)}/revoke`, isLost ? { lost: true } : {})
    },
  }
}

function directAccess({ staff, devices }: BranchAccess): AccessNode {
  return {
    listStaff: async () => staff.list(),
    addStaff: async (person) => staff.add(ACTOR, person),
    setPin: (id, pin) => staff.setPin(ACTOR, id, pin),
    setRole: async (id, role) => staff.setRole(ACTOR, id, role),
    close: async (id) => staff.close(ACTOR, id),
    reopen: async (id) => staff.reopen(ACTOR, id),
    listDevices: async () => devices.list(),
    listShutOut: async () => devices.listShutOut(),
    revokeDevice: async (id, isLost) => devices.revoke(ACTOR, id, isLost),
  }
}

const ACTOR = 'command'

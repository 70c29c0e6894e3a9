/** What is known of this device: its name whoever is logged in, when it was paired where a manager may ask. */
import { signal } from '@preact/signals'
import type { AccessFacts, PairedDevice } from '../../../schemas/protocol/staff.ts'
import { askNode } from '../node/ask-node.ts'
import type { AppState } from '../frame/app-state.ts'

export interface ThisDevice {
  readonly name?: string
  readonly pairedAt?: string
}

const STORED = 'outpost.device'

/** Kept for when the node is away. */
export const thisDevice = signal<ThisDevice>(stored())

export async function askAboutDevice({ access }: AppState, isManager: boolean): Promise<void> {
  const reply = await askNode<AccessFacts>({ method: 'GET', path: '/api/access' })
  if (reply.kind !== 'done' || !reply.body.device) return
  const { id, name } = reply.body.device
  // Nobody is asked for a PIN only to see a date.
  const mayAsk = isManager && reply.body.staff?.id === access.person.value?.id
  const devices = mayAsk ? await askNode<PairedDevice[]>({ method: 'GET', path: '/api/devices' }) : undefined
  const pairedAt = devices?.kind === 'done' ? devices.body.find((one) => one.id === id)?.pairedAt : undefined
  keep({ ...thisDevice.value, name, ...(pairedAt !== undefined && { pairedAt }) })
}

function keep(device: ThisDevice): void {
  thisDevice.value = device
  try {
    localStorage.setItem(STORED, JSON.stringify(device))
  } catch {
    // It is asked again.
  }
}

function stored(): ThisDevice {
  try {
    return (JSON.parse(localStorage.getItem(STORED) ?? '{}') ?? {}) as ThisDevice
  } catch {
    return {}
  }
}

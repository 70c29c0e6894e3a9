import { signal, type Signal } from '@preact/signals'
import { describe, expect, it } from 'vitest'
import { askedOfManager, askManager, askManagersPin } from '../../../../local-node/web/staff/manager-question.ts'
import type { StaffIdentity } from '../../../../schemas/protocol/staff.ts'

const mei: StaffIdentity = { id: 's1', name: 'Mei', role: 'cashier' }
const wu: StaffIdentity = { id: 's2', name: 'Wu', role: 'manager' }

function device(logged: StaffIdentity): {
  person: Signal<StaffIdentity | undefined>
  state: Parameters<typeof askManager>[0]
} {
  const person = signal<StaffIdentity | undefined>(logged)
  return { person, state: { access: { person } } }
}

describe('asking a manager', () => {
  it('ends without a yes when the device is locked, or somebody else logs in', async () => {
    const { person, state } = device(mei)
    const locked = askManager(state, 'Refund')
    person.value = undefined
    expect(await locked).toBeUndefined()
    person.value = mei
    const taken = askManager(state, 'Refund')
    person.value = wu
    expect(await taken).toBeUndefined()
  })

  it('wants the PIN where a login that was left open must not do', async () => {
    const answer = askManagersPin(device(wu).state, 'Delete everything')
    expect(askedOfManager.value?.reason).toBe('Delete everything')
    askedOfManager.value?.answer({ id: 's2', name: 'Wu' })
    expect(await answer).toEqual({ id: 's2', name: 'Wu' })
  })

  it('asks nobody where a manager is logged in', async () => {
    expect(await askManager(device(wu).state, 'Refund')).toEqual({ id: 's2', name: 'Wu' })
  })
})

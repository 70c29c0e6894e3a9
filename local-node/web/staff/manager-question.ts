/** The question to a manager, and how long it stands: no longer than the login of whoever asked it. */
import { signal, type ReadonlySignal } from '@preact/signals'
import type { StaffIdentity } from '../../../schemas/protocol/staff.ts'

/** Who is logged in. */
interface Asking {
  readonly access: { readonly person: ReadonlySignal<StaffIdentity | undefined> }
}

export interface Approval {
  readonly id: string
  readonly name: string
}

export interface AskedOfManager {
  /** What a manager says yes to, as people read it. */
  readonly reason: string
  readonly answer: (approval: Approval | undefined) => void
}

/** What is being asked now. */
export const askedOfManager = signal<AskedOfManager | undefined>(undefined)

/** A manager who is logged in has said yes; a question ends with the login of who asked. @returns who it was; `undefined` where nobody did */
export function askManager(asking: Asking, reason: string): Promise<Approval | undefined> {
  const person = asking.access.person.value
  if (person?.role === 'manager') return Promise.resolve({ id: person.id, name: person.name })
  return askManagersPin(asking, reason)
}

/** The same where a login that was left open must not do: somebody types the PIN now. */
export function askManagersPin({ access }: Asking, reason: string): Promise<Approval | undefined> {
  const person = access.person.value
  askedOfManager.value?.answer(undefined)
  let stop = () => {}
  return new Promise<Approval | undefined>((resolve) => {
    const mine: AskedOfManager = {
      reason,
      answer: (approval) => {
        if (askedOfManager.value === mine) askedOfManager.value = undefined
        resolve(approval)
      },
    }
    askedOfManager.value = mine
    // Whoever comes after a lock has not asked.
    stop = access.person.subscribe((now) => {
      if (now?.id !== person?.id) mine.answer(undefined)
    })
  }).finally(() => stop())
}

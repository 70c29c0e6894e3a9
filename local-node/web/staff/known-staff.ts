/** Whom a device knows, after its node has said who works here. */
import type { StaffChoice } from '../../../schemas/protocol/staff.ts'

/**
 * A node that nobody is logged in at tells no verifiers: the device keeps those that it has, but none of a PIN that was
 * changed since.
 */
export function knownStaff(told: readonly StaffChoice[], former: readonly StaffChoice[]): StaffChoice[] {
  return told.map((person) => {
    if (person.verifier !== undefined) return person
    const before = former.find(({ id, pinVersion }) => id === person.id && pinVersion === person.pinVersion)
    return before?.verifier === undefined ? person : { ...person, verifier: before.verifier }
  })
}

/** A guard for tests that are about something else: takes requests for whom they say, and notes what was done. */
import type { Request } from 'express'
import type { Guard, RouteSpec } from '../../adapters/http/route-table.ts'
import type { Principal } from '../../schemas/access.ts'

export interface TestGuard extends Guard {
  /** What the audit log would hold. */
  readonly done: readonly string[]
}

/** Takes every request for the one given, or for whomever the function finds. */
export function guardOf(
  who: Principal | ((req: Request) => Principal),
  isAdmitted: () => boolean = () => true,
): TestGuard {
  const done: string[] = []
  return {
    done,
    authenticate: (req) => Promise.resolve(typeof who === 'function' ? who(req) : who),
    isStillAdmitted: isAdmitted,
    countStream: () => () => undefined,
    noteDone: ({ audit }: RouteSpec) => void done.push(audit!),
  }
}

export const NOBODY: Principal = { kind: 'nobody' }
export const COMMAND: Principal = { kind: 'command' }

export function programOf(branchId: string): Principal {
  return { kind: 'program', id: `program-${branchId}`, name: `a program of ${branchId}`, branchId }
}

export const DEVICE: Principal = { kind: 'device', id: 'device-1', name: 'till 1' }

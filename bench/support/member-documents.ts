/** Members with 20 fields and 10 aliases, edited at two branches since both held the same: registers and sets differ. */
import type { WriterId } from '../../schemas/brand.ts'
import { members, type MemberDocument } from '../../schemas/collections/members.ts'
import type { Doc } from '../../schemas/json.ts'
import { merge } from '../../schemas/merge.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { createSteadyClock } from './steady-clock.ts'

export interface MemberPair {
  /** Without a sidecar, as an application writes it. */
  readonly plain: Doc
  readonly ours: Doc
  /** The same state, another object. */
  readonly oursAgain: Doc
  readonly theirs: Doc
}

const ALIASES = 10
/** Further registers, since the member of today has fewer than 20 fields. */
const MORE_FIELDS = ['nickname', 'company', 'language', 'allergies', 'seat'] as const

export function divergedMembers(count: number): MemberPair[] {
  const branches = ['north1', 'south1', 'east01'].map((writer) => createSteadyClock(writer as WriterId))
  const [north, south, east] = branches as [Clock, Clock, Clock]
  return Array.from({ length: count }, (_, i) => {
    const plain = plainMember(i)
    const { aliases } = plain as unknown as MemberDocument
    // Registered at one branch with half of its aliases, at another with the rest: the sidecars name several writers.
    const first = edited(undefined, { ...plain, aliases: aliases.slice(0, ALIASES / 2) }, north)
    const second = edited(undefined, { ...plain, aliases: aliases.slice(ALIASES / 2) }, south)
    const common = merge(members.merge, first, second)
    // Each branch changed registers of its own and added elements of its own to two of the three sets.
    const ours = edited(
      common,
      {
        ...common,
        name: `Ada North ${i}`,
        email: `ada.north.${i}@example.com`,
        tags: ['quiet', 'regular', 'tea'],
        registrations: registrationsOf(i, 'north', 'west'),
      },
      north,
    )
    const theirs = edited(
      common,
      {
        ...common,
        address: `Huaihai Road ${i}`,
        note: 'Moved in spring.',
        tags: ['regular', 'tea', 'vip'],
        registrations: registrationsOf(i, 'north', 'east'),
      },
      east,
    )
    return { plain, ours: copy(ours), oursAgain: copy(ours), theirs: copy(theirs) }
  })
}

type Clock = ReturnType<typeof createSteadyClock>

function plainMember(i: number): Doc {
  return {
    id: `m-${i}-9f86d081884c7d659a2feaa0c55ad015`,
    scope: 'shared',
    phone: `+86138${String(i).padStart(8, '0')}`,
    generation: 0,
    name: `Ada ${i}`,
    email: `ada.${i}@example.com`,
    birthday: '1990-02-28',
    note: 'Sits at the window, pays by card, likes her tea strong.',
    address: `Nanjing Road ${i}, Shanghai`,
    contactPhone: '021 555 0100',
    tags: ['regular', 'tea'],
    registrations: registrationsOf(i, 'north'),
    aliases: Array.from({ length: ALIASES }, (_, n) => ({ source: `till-${n}`, legacyId: `K${i * ALIASES + n}` })),
    followUps: [],
    ...Object.fromEntries(MORE_FIELDS.map((field) => [field, `${field} of member ${i}`])),
  }
}

function registrationsOf(i: number, ...branches: string[]): object[] {
  return branches.map((branchId) => ({ id: `i-${branchId}-${i}`, branchId, at: '2026-01-01T08:00:00.000Z' }))
}

function edited(before: Doc | undefined, after: Doc, clock: Clock): Doc {
  const stamped = stampWrite(members.merge, before, after, clock)
  if (!stamped.ok) throw new Error(stamped.reason)
  // What only headquarters writes comes with its answers.
  return { ...stamped.doc, balance: { points: 1250, value: 8800 }, balanceSeq: 4711 }
}

function copy(doc: Doc): Doc {
  return JSON.parse(JSON.stringify(doc)) as Doc
}

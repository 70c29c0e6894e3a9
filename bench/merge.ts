/**
 * What members cost: merging two states of one, registering one among many, folding what they earn and spend. Merging
 * is shown beside two bounds: a plain spread of the same documents, and one visit to all that they say, which no merge
 * that looks at both sides whole can undercut. The documents were parsed from JSON, as everything that is merged comes
 * off the wire or the disk.
 */
import type { Doc } from '../schemas/json.ts'
import { members } from '../schemas/collections/members.ts'
import { merge, sameState } from '../schemas/merge.ts'
import { stampWrite } from '../schemas/stamp-write.ts'
import type { WriterId } from '../schemas/brand.ts'
import { contributionsPerSecond } from './support/folding.ts'
import { divergedMembers, type MemberPair } from './support/member-documents.ts'
import { registrationTimes } from './support/registering.ts'
import type { Report } from './support/report.ts'
import { runBenchmark } from './support/run-benchmark.ts'
import { median, msSince, pairedRatio, percentile, rotated } from './support/samples.ts'
import { createSteadyClock } from './support/steady-clock.ts'

export const description =
  'Merges of a member with 20 fields and 10 aliases a second on one core, registering in a store of a million members, and contributions folded a second'

const ROUNDS = 5
/** Different documents; what fits into a processor's cache would flatter. */
const PAIRS = 500
const AIM = 200_000
const AIM_REGISTERING_MS = 5
const AIM_FOLDING = 30_000
const MEMBERS_PER_SIZE = 100
const REGISTRATIONS = 1000
const CONTRIBUTIONS_PER_SIZE = 4

const { merge: spec } = members
const stamp = createSteadyClock('benchm' as WriterId, Date.UTC(2026, 5, 1))
const edits = (stored: Doc): Doc => ({ ...stored, name: `${String(stored['name'])}.`, address: 'Nanjing Road 1' })

/** Each returns something of its result, so that nothing is optimised away. */
const TASKS: Readonly<Record<string, (pair: MemberPair) => unknown>> = {
  'merge outpost': ({ ours, theirs }) => merge(spec, ours, theirs)['name'],
  'reading both states once': ({ ours, theirs }) => textsIn(ours) + textsIn(theirs),
  'merge plain spread': ({ ours, theirs }) => ({ ...ours, ...theirs })['name'],
  'merge of equal states outpost': ({ ours, oursAgain }) => merge(spec, ours, oursAgain)['name'],
  'comparison of equal states outpost': ({ ours, oursAgain }) => sameState(ours, oursAgain),
  'stampWrite of an edit outpost': ({ ours }) => stampWrite(spec, ours, edits(ours), stamp).ok,
  'stampWrite of an insert outpost': ({ plain }) => stampWrite(spec, undefined, plain, stamp).ok,
}

await runBenchmark(import.meta.url, 10_000, async ({ size, report, folder, say }) => {
  const pairs = divergedMembers(Math.min(PAIRS, size))
  const perSecond = new Map<string, number[]>(Object.keys(TASKS).map((name) => [name, []]))
  for (let round = -1; round < ROUNDS; round++) {
    say(round < 0 ? 'warming up' : `round ${round + 1} of ${ROUNDS}`)
    for (const name of rotated(Object.keys(TASKS), Math.max(0, round))) {
      const rate = ratePerSecond(TASKS[name]!, pairs, size)
      if (round >= 0) perSecond.get(name)!.push(rate)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const [name, rates] of perSecond) report.figure(name, median(rates), 'per second, one core')
  const parsed = Array.from({ length: ROUNDS }, () => mergesOfParsed(pairs, size))
  report.figure('merge of states just parsed outpost', median(parsed), 'per second, one core, without the parsing')
  report.figure('pairs of different members', pairs.length, 'pairs, both sides edited in registers and in two sets')
  report.figure('fields of the member', Object.keys(pairs[0]!.ours).length, 'fields, clock and _deleted included')
  report.figure('size of the member', JSON.stringify(pairs[0]!.ours).length, 'characters of JSON')
  report.ratio(
    'merge outpost / plain spread',
    pairedRatio(perSecond.get('merge outpost')!, perSecond.get('merge plain spread')!),
  )
  report.ratio(
    'merge outpost / reading both states once',
    pairedRatio(perSecond.get('merge outpost')!, perSecond.get('reading both states once')!),
  )
  report.atLeast('merge outpost per second', AIM, median(perSecond.get('merge outpost')!))
  register(size * MEMBERS_PER_SIZE, folder, report, say)
  fold(size * CONTRIBUTIONS_PER_SIZE, folder, report, say)
})

/** One member after the other, at a branch that knows many. */
function register(members: number, folder: string, report: Report, say: (line: string) => void): void {
  say(`filling a branch's store with ${members} members`)
  const times = registrationTimes(folder, members, REGISTRATIONS, say)
  report.figure('members in the store', members, 'members')
  report.figure('registering a member, p50', percentile(times, 50), 'ms, durable')
  report.figure('registering a member, p99', percentile(times, 99), 'ms, durable')
  report.below('registering a member, p99 ms', AIM_REGISTERING_MS, percentile(times, 99))
}

/** Whole pushes: checked, merged, written, folded, balances published, on the disk. */
function fold(documents: number, folder: string, report: Report, say: (line: string) => void): void {
  const plans = [
    { name: '100 a push, each of another member', batch: 100, perMember: 1 },
    { name: '1,000 a push, each of another member', batch: 1000, perMember: 1 },
    { name: '1,000 a push, ten of a member', batch: 1000, perMember: 10 },
  ]
  const rates = plans.map(({ name, batch, perMember }) => {
    say(`folding contributions, ${name}`)
    const plan = { folder, members: Math.max(10, documents / 2), documents, batch, perMember }
    const rate = contributionsPerSecond(plan)
    report.figure(`contributions folded, ${name}`, rate, 'per second, durable')
    return rate
  })
  report.atLeast('contributions folded per second', AIM_FOLDING, Math.max(...rates))
}

/** Visits everything that a document says: no merge that looks at all of both sides can be faster. */
function textsIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 1
  let sum = 0
  if (Array.isArray(value)) for (const item of value) sum += textsIn(item)
  else for (const key in value) sum += textsIn((value as Doc)[key])
  return sum
}

/** Each pair is parsed anew and merged once: nothing that an earlier merge left behind helps. */
function mergesOfParsed(pairs: readonly MemberPair[], times: number): number {
  const texts = pairs.map(({ ours, theirs }) => JSON.stringify([ours, theirs]))
  let ms = 0
  let merged = 0
  while (merged < times) {
    const states = texts.map((text) => JSON.parse(text) as [Doc, Doc])
    const start = process.hrtime.bigint()
    for (const [ours, theirs] of states) merge(spec, ours, theirs)
    ms += msSince(start)
    merged += states.length
  }
  return (merged / ms) * 1000
}

function ratePerSecond(task: (pair: MemberPair) => unknown, pairs: readonly MemberPair[], times: number): number {
  let sink: unknown
  const start = process.hrtime.bigint()
  for (let i = 0; i < times; i++) sink = task(pairs[i % pairs.length]!)
  const ms = msSince(start)
  if (sink === undefined) throw new Error('a task returned nothing')
  return (times / ms) * 1000
}

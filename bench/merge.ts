/**
 * How many states of a member one core merges a second, beside two bounds: a plain spread of the same documents, and
 * one visit to all that they say, which no merge that looks at both sides whole can undercut. The documents were parsed
 * from JSON, as everything that is merged comes off the wire or the disk.
 */
import type { Doc } from '../schemas/json.ts'
import { members } from '../schemas/collections/members.ts'
import { merge, sameState } from '../schemas/merge.ts'
import { stampWrite } from '../schemas/stamp-write.ts'
import type { WriterId } from '../schemas/brand.ts'
import { divergedMembers, type MemberPair } from './support/member-documents.ts'
import { runBenchmark } from './support/run-benchmark.ts'
import { median, msSince, pairedRatio, rotated } from './support/samples.ts'
import { createSteadyClock } from './support/steady-clock.ts'

export const description =
  'Merges and stamps of a member with 20 fields and 10 aliases a second on one core, beside reading and spreading the same documents'

const ROUNDS = 5
/** Different documents; what fits into a processor's cache would flatter. */
const PAIRS = 500
const AIM = 200_000

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

await runBenchmark(import.meta.url, 10_000, async ({ size, report, say }) => {
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
})

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

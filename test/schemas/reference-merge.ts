/** The merge as its definition says it, one rule after the other and without a thought for speed: what the real one must equal. */
import type { Hlc } from '../../schemas/brand.ts'
import { isMoment, isStamp, justAfter, stampWriter } from '../../schemas/hlc.ts'
import { canonicalJson, isRecord, type Doc } from '../../schemas/json.ts'
import type { MergeSpec } from '../../schemas/merge-spec.ts'
import { isOrderState, isRound, ORDER_STATES, statusOf } from '../../schemas/order-status.ts'

type Loose = Record<string, unknown>

export function referenceMerge(spec: MergeSpec, ours: unknown, theirs: unknown): Doc {
  const sides = [ours, theirs].map((side) => (isRecord(side) ? side : {})) as [Loose, Loose]
  const clocks = sides.map(clockOf) as [Loose, Loose]
  const erased = clocks.map((clock) => clock['e']).filter(isStamp)
  const out: Loose = {}
  const put = (field: string, value: unknown) => {
    if (value !== undefined) out[field] = value
  }
  const facts = spec.erasure && erased.length > 0 ? spec.erasure.keep : spec.immutable
  for (const field of [spec.key, ...facts]) put(field, larger(get(sides[0], field), get(sides[1], field)))
  for (const field of spec.authority) put(field, get(sides[1], field))
  if (spec.erasure && erased.length > 0) {
    return { ...out, ...spec.erasure.blank, clock: { r: {}, e: newest(erased) }, _deleted: true }
  }

  const r: Loose = {}
  for (const [name, fields] of registersOf(spec, sides, clocks)) {
    const stamps = clocks.map((clock) => stampIn(clock['r'], name))
    const texts = sides.map((side) => fields.map((field) => textOf(get(side, field))).join('\n'))
    const isOurs = stamps[0] === stamps[1] ? texts[0]! > texts[1]! : stamps[0]! > stamps[1]!
    for (const field of fields) put(field, get(sides[isOurs ? 0 : 1], field))
    if (newest(stamps) !== '') r[name] = newest(stamps)
  }
  for (const name of [...spec.sets, '_deleted']) {
    const stamps = clocks.map((clock) => stampIn(clock['r'], name))
    if (newest(stamps) !== '') r[name] = newest(stamps)
  }

  const s: Loose = {}
  for (const field of spec.sets) {
    const dots = clocks.map((clock) => recordIn(recordIn(clock['s'])[field]))
    if (spec.growing?.includes(field)) {
      const { elements, stamped } = firstNoted(
        dots,
        sides.map((side) => get(side, field)),
      )
      out[field] = elements
      if (Object.keys(stamped).length > 0) s[field] = stamped
      continue
    }
    const joined: Record<string, { a: Hlc[]; x?: Hlc[] }> = {}
    for (const key of dots.flatMap(Object.keys).filter(isCanonical)) {
      const a = newestOfWriters(dots.flatMap((side) => stampsIn(get(side, key), 'a')))
      const x = newestOfWriters(dots.flatMap((side) => stampsIn(get(side, key), 'x')))
      if (a.length + x.length > 0) joined[key] = x.length > 0 ? { a, x } : { a }
    }
    const live = Object.keys(joined).filter((key) => joined[key]!.a.some((dot) => !isSeen(dot, joined[key]!.x ?? [])))
    const lists = sides.map((side) => get(side, field)).filter(Array.isArray)
    const unstamped = lists
      .flat()
      .map(canonicalJson)
      .filter((key) => !Object.hasOwn(joined, key))
    out[field] = [...new Set([...live, ...unstamped])].toSorted().map((key) => JSON.parse(key) as unknown)
    if (Object.keys(joined).length > 0) s[field] = joined
  }

  const h: Record<string, Hlc> = {}
  if (spec.hasStatus) {
    for (const clock of clocks) {
      for (const [entry, stamp] of Object.entries(recordIn(clock['h']))) {
        const isEntry = statusOf({ [entry]: '' as Hlc }) !== undefined
        if (isEntry && isStamp(stamp) && (h[entry] === undefined || stamp > h[entry])) h[entry] = stamp
      }
    }
    const claims = sides.map(({ status, round }) => {
      return isOrderState(status) && isRound(round) ? { status, round } : { status: 'created' as const, round: 1 }
    })
    const claimed = claims.toSorted(
      (a, b) => b.round - a.round || ORDER_STATES.indexOf(b.status) - ORDER_STATES.indexOf(a.status),
    )
    Object.assign(out, statusOf(h) ?? claimed[0])
  }

  const clock: Loose = { r }
  if (Object.keys(s).length > 0) clock['s'] = s
  if (Object.keys(h).length > 0) clock['h'] = h
  const deletions = sides.map((side, i) => {
    if (isMoment(clocks[i]!['d'])) return clocks[i]!['d']
    return side['_deleted'] === true ? justAfter(newest(editsIn(clocks[i]!))) : ('' as Hlc)
  })
  const d = newest(deletions)
  if (d !== '') clock['d'] = d
  return { ...out, clock, _deleted: d !== '' && d >= newest(editsIn(clock)) }
}

/** Of a set that only grows: all that was ever noted, and under one id what was noted first. */
function firstNoted(dots: Loose[], lists: unknown[]): { elements: unknown[]; stamped: Record<string, { a: Hlc[] }> } {
  const stampedOnes = dots.flatMap((side) =>
    Object.keys(side)
      .filter(isCanonical)
      .map((key) => ({ key, stamp: stampsIn(side[key], 'a').toSorted()[0] ?? '' })),
  )
  const known = stampedOnes.filter(({ stamp }) => stamp !== '')
  // No stamp is larger than this.
  const unstamped = lists
    .filter(Array.isArray)
    .flatMap((list) => list.map((one) => ({ key: canonicalJson(one), stamp: '~' })))
  const identityOf = ({ key }: { key: string }) => {
    const element: unknown = JSON.parse(key)
    return isRecord(element) && typeof get(element, 'id') === 'string' ? `id ${String(element['id'])}` : key
  }
  const notes = [...known, ...unstamped].toSorted((a, b) => compare(a.stamp, b.stamp) || compare(a.key, b.key))
  const first = notes.filter((one, at) => notes.findIndex((other) => identityOf(other) === identityOf(one)) === at)
  const sorted = first.toSorted((a, b) => compare(a.key, b.key))
  const withStamp = sorted.filter(({ stamp }) => stamp !== '~')
  return {
    elements: sorted.map(({ key }) => JSON.parse(key) as unknown),
    stamped: Object.fromEntries(withStamp.map(({ key, stamp }) => [key, { a: [stamp as Hlc] }])),
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function clockOf(side: Loose): Loose {
  const clock = side['clock']
  return isRecord(clock) && isRecord(clock['r']) ? clock : { r: {} }
}

/** All registers that either side has a value or a stamp of, each with its fields. */
function registersOf(spec: MergeSpec, sides: Loose[], clocks: Loose[]): Map<string, readonly string[]> {
  const others = [spec.key, ...spec.immutable, ...spec.sets, ...spec.authority, 'clock', '_deleted', '__proto__']
  others.push('_rev', '_meta', '_attachments', ...(spec.hasStatus ? ['status', 'round'] : []))
  const groups = Object.entries(spec.registers)
  const grouped = groups.flatMap(([name, fields]) => [name, ...fields])
  const names = [...sides, ...clocks.map((clock) => recordIn(clock['r']))].flatMap(Object.keys)
  const alone = names.filter((name) => !others.includes(name) && !grouped.includes(name))
  return new Map([...groups, ...alone.map((name) => [name, [name]] as const)])
}

function editsIn(clock: Loose): Hlc[] {
  const elements = Object.values(recordIn(clock['s'])).flatMap((set) => Object.values(recordIn(set)))
  const dots = elements.flatMap((element) => [...stampsIn(element, 'a'), ...stampsIn(element, 'x')])
  return [...Object.values(recordIn(clock['r'])), ...Object.values(recordIn(clock['h'])), ...dots].filter(isStamp)
}

function newestOfWriters(dots: readonly Hlc[]): Hlc[] {
  const isNewest = (dot: Hlc) => dots.every((other) => stampWriter(other) !== stampWriter(dot) || other <= dot)
  return [...new Set(dots.filter(isNewest))].toSorted()
}

function isSeen(dot: Hlc, removed: readonly Hlc[]): boolean {
  return removed.some((seen) => stampWriter(seen) === stampWriter(dot) && seen >= dot)
}

function stampsIn(element: unknown, kind: 'a' | 'x'): Hlc[] {
  const dots = recordIn(element)[kind]
  return Array.isArray(dots) ? dots.filter(isStamp) : []
}

function stampIn(stamps: unknown, name: string): Hlc {
  const stamp = get(recordIn(stamps), name)
  return isStamp(stamp) ? stamp : ('' as Hlc)
}

function newest(stamps: readonly Hlc[]): Hlc {
  return stamps.toSorted().at(-1) ?? ('' as Hlc)
}

function larger(a: unknown, b: unknown): unknown {
  return textOf(a) > textOf(b) ? a : b
}

function textOf(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value)
}

function isCanonical(text: string): boolean {
  try {
    return canonicalJson(JSON.parse(text)) === text
  } catch {
    return false
  }
}

function recordIn(value: unknown): Loose {
  return isRecord(value) ? value : {}
}

function get(record: Loose, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

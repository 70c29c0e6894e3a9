/**
 * Erasure: what is left of a document whose personal data was removed for good. It absorbs: whatever is merged with an
 * erased state is erased, so no replica that comes back after years and no newer edit brings anything back.
 */
import type { Hlc } from './brand.ts'
import { isStamp } from './hlc.ts'
import { canonicallyLarger, copyOfJson, isRecord, type Doc } from './json.ts'
import { sidecarOf, type ErasureSpec, type MergeSpec, type Sidecar } from './merge-spec.ts'
import { OutpostError } from './outpost-error.ts'

/**
 * The erased form of a document; of one that is erased already, with the newer of both stamps.
 * @param stamp exceeds every stamp in the document, as any edit's does
 * @throws `INTERNAL` for a collection that declares no erasure: nobody decided what may be left of its documents
 */
export function eraseDocument(spec: MergeSpec, doc: Doc, stamp: Hlc): Doc {
  if (!spec.erasure)
    throw new OutpostError('INTERNAL', 'the collection does not say what is left of an erased document')
  const state = isRecord(doc) ? doc : {}
  const earlier = stampOfErasure(sidecarOf(state))
  return erasedState(spec, spec.erasure, state, state, earlier !== undefined && earlier > stamp ? earlier : stamp)
}

/** Whether a document is erased; asks a merged state, since an erasure that its collection does not know is dropped. */
export function isErased(doc: Doc): boolean {
  return stampOfErasure(sidecarOf(doc)) !== undefined
}

/** What two states of one document are together, one of which at least is erased; else `undefined`. */
export function mergeErased(spec: MergeSpec, a: Doc, clockA: Sidecar, b: Doc, clockB: Sidecar): Doc | undefined {
  if (!spec.erasure || (clockA.e === undefined && clockB.e === undefined)) return undefined
  const stampA = stampOfErasure(clockA)
  const stampB = stampOfErasure(clockB)
  const newer = stampA === undefined || (stampB !== undefined && stampB > stampA) ? stampB : stampA
  return newer === undefined ? undefined : erasedState(spec, spec.erasure, a, b, newer)
}

function stampOfErasure(clock: Sidecar): Hlc | undefined {
  return isStamp(clock.e) ? clock.e : undefined
}

function erasedState(spec: MergeSpec, { keep, blank }: ErasureSpec, a: Doc, b: Doc, stamp: Hlc): Doc {
  const out: Record<string, unknown> = {}
  for (const field of [spec.key, ...keep]) {
    const value = canonicallyLarger(a[field], b[field])
    if (value !== undefined) out[field] = value
  }
  for (const field in blank) out[field] = copyOfJson(blank[field])
  for (const field of spec.authority) if (b[field] !== undefined) out[field] = b[field]
  out['clock'] = { r: {}, e: stamp } satisfies Sidecar
  out['_deleted'] = true
  return out
}

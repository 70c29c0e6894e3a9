/** Reads changed rows as they are now and hands them on; where they are gone, their documents go. */
import type { LegacyKind, LegacyPosition, LegacyRows, LegacySink } from './legacy-batch.ts'
import type { LegacyReader } from './legacy-reader.ts'

const CHUNK: Readonly<Record<LegacyKind, number>> = { member: 500, order: 100 }

/**
 * @param position kept with the last of it: whatever ends this before is read again from the position before
 * @returns how many documents changed
 */
export async function applyChanges(
  reader: LegacyReader,
  sink: LegacySink,
  changed: Readonly<Record<LegacyKind, readonly string[]>>,
  position: LegacyPosition | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { source, members } = reader.prepared
  let documents = 0
  const take = async (rows: LegacyRows) => {
    signal.throwIfAborted()
    const { results, deleted } = await sink.take({ source, ...rows })
    documents += deleted + results.filter(({ outcome }) => outcome === 'inserted' || outcome === 'updated').length
  }
  for (const ids of chunks(changed.member, CHUNK.member)) await take(await reader.rows('member', ids))
  for (const ids of chunks(changed.order, CHUNK.order)) {
    const orders = await reader.rows('order', ids)
    if (members?.onlyReferenced) await take(await membersOf(reader, orders))
    await take(orders)
  }
  if (position) await sink.take({ source, records: [], rejects: [], gone: [], progress: { position } })
  return documents
}

/** An order may be the first to name its member. */
async function membersOf(reader: LegacyReader, { records }: LegacyRows): Promise<LegacyRows> {
  const named = records.flatMap((record) => (record.kind === 'order' ? (record.memberLegacyId ?? []) : []))
  const rows = await reader.rows('member', [...new Set(named)])
  return { ...rows, gone: [] }
}

function* chunks(ids: readonly string[], size: number): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += size) yield ids.slice(from, from + size)
}

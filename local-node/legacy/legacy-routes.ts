/** The addresses of a branch for its legacy database. */
import { z } from 'zod'
import type { RouteTable } from '../../adapters/http/route-table.ts'
import { importBatchSchema } from '../../adapters/import/import-records.ts'
import type { LegacyBatch } from '../../adapters/legacy/legacy-batch.ts'
import type { LegacyDesk } from './legacy-desk.ts'

const source = z.string().min(1).max(64)
const kind = z.enum(['member', 'order'])
const legacyId = z.string().max(1000)
const text = z.string().max(4000)
/** A primary key of MySQL has at most so many columns. */
const rowKey = z.array(text).max(16)
const cursor = z.union([z.literal('done'), z.object({ section: kind, after: rowKey.nullable() })])
const position = z.discriminatedUnion('by', [
  z.object({
    by: z.literal('binlog'),
    file: text,
    position: z.int().min(0),
    rows: z.int().min(0),
    server: text,
  }),
  z.object({ by: z.literal('watermark'), newest: z.record(z.string().max(64), text) }),
])
const batchBody = z.strictObject({
  source,
  records: importBatchSchema,
  rejects: z.array(z.object({ kind, legacyId, code: text, field: text.optional(), reason: text })).max(1000),
  gone: z.array(z.object({ kind, legacyId })).max(1000),
  progress: z
    .object({ fingerprint: text.optional(), cursor: cursor.optional(), position: position.optional() })
    .optional(),
})

export function addLegacyRoutes(routes: RouteTable, desk: LegacyDesk): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/legacy',
      access: 'manager',
      about:
        'How the import from the legacy database stands, and the newest thousand rows that were not taken, with the reason.',
    },
    () => desk.view(),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/legacy/:source',
      access: 'command',
      about: 'How far an import of a source has come; nothing for one that has never begun.',
      params: z.object({ source }),
    },
    async ({ params }) => ({ progress: await desk.progress(params.source) }),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/legacy',
      access: 'command',
      about:
        'Takes a page of a legacy database, with how far the import came by it; answers with what became of each record.',
      body: batchBody,
      audit: 'import',
    },
    ({ body }) => desk.take(body as LegacyBatch),
  )
}

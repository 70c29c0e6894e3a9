/** The addresses for imports and for single documents, the same for both nodes. */
import { z } from 'zod'
import type { Access, Principal } from '../../schemas/access.ts'
import type { Doc } from '../../schemas/json.ts'
import { importBatchSchema } from '../import/import-records.ts'
import type { ImportResult } from '../import/import-result.ts'
import type { RouteTable } from './route-table.ts'
import type { WriteNotes } from './write-notes.ts'

const documentBody = z.record(z.string(), z.unknown())
const collectionPath = z.object({ collection: z.string().min(1).max(64) })
const documentPath = collectionPath.extend({ id: z.string().min(1).max(256) })

/** The operations of either node. */
export interface DocumentDesk {
  importBatch(records: z.infer<typeof importBatchSchema>): ImportResult[]
  read(collection: string, id: string, principal: Principal): Doc
  write(collection: string, doc: Doc, principal: Principal): Doc
}

/** Who may do what of it. */
export interface DocumentAccess {
  readonly import: Access
  readonly read: Access
  readonly write: Access
}

/**
 * @param where a document may be written for, as the reference says it
 * @param notes where what is written is noted
 */
export function addDocumentRoutes(
  routes: RouteTable,
  desk: DocumentDesk,
  access: DocumentAccess,
  where: string,
  notes: WriteNotes,
): void {
  routes.add(
    {
      method: 'POST',
      path: '/api/import',
      access: access.import,
      about: 'Imports records, and answers with what became of each.',
      body: importBatchSchema,
      audit: 'import',
    },
    ({ body, req, res }) => notes.duringImport({ req, res }, body.length, () => desk.importBatch(body)),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/documents/:collection/:id',
      access: access.read,
      about: 'One document.',
      params: documentPath,
    },
    ({ params: { collection, id }, principal }) => desk.read(collection, id, principal),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/documents/:collection',
      access: access.write,
      about: `Writes one document, ${where}; fields that are not named stay as they are.`,
      params: collectionPath,
      body: documentBody,
      audit: 'document.write',
    },
    ({ params: { collection }, body, principal, about, req, res }) => {
      const documents = [{ collection, id: typeof body['id'] === 'string' ? body['id'].slice(0, 128) : '?' }]
      const written = notes.during({ req, res, documents }, () => desk.write(collection, body, principal))
      const { id } = written
      Object.assign(about, { detail: { collection }, ...(typeof id === 'string' && { subject: id }) })
      return written
    },
  )
}

/** RxDB's bulk writes on a table: which rows are taken, which conflict, what becomes of their attachments. */
import {
  categorizeBulkWriteRows,
  type BulkWriteRow,
  type RxAttachmentWriteData,
  type RxDocumentData,
  type RxStorageBulkWriteResponse,
  type RxStorageInstance,
  type RxStorageWriteError,
} from 'rxdb'
import type { Doc } from '../../schemas/json.ts'
import type { DocumentRow } from './document-row.ts'
import type { DocumentTable, PutOptions, WriteContext } from './document-table.ts'

/** By the object that carries it: the same attachment may be written again while this one waits. */
export type AttachmentContents = ReadonlyMap<RxAttachmentWriteData, Uint8Array>

export interface BulkWrite {
  // oxlint-disable-next-line typescript/no-explicit-any -- RxDB takes an instance of whatever internals
  readonly instance: RxStorageInstance<Doc, any, any>
  readonly table: DocumentTable
  readonly transaction: WriteContext
  readonly rows: readonly BulkWriteRow<Doc>[]
  readonly context: string
  readonly data: AttachmentContents | undefined
  readonly options: PutOptions
}

type DocData = RxDocumentData<Doc>
type Errors = RxStorageBulkWriteResponse<Doc>['error']

/** Reads the data of a write's attachments: a Blob cannot be read inside a transaction. */
export async function readAttachments(rows: readonly BulkWriteRow<Doc>[]): Promise<AttachmentContents> {
  const contents = new Map<RxAttachmentWriteData, Uint8Array>()
  for (const { document } of rows) {
    for (const attachment of Object.values(document._attachments)) {
      if (!('data' in attachment) || !attachment.data) continue
      contents.set(attachment, new Uint8Array(await attachment.data.arrayBuffer()))
    }
  }
  return contents
}

/** Call inside the transaction. What is not refused is written when this returns. */
export function writeRows(write: BulkWrite): Errors {
  const { table, transaction, rows, context, options } = write
  const ids = new Set(rows.map(({ document }) => idOf(table, document)))
  // Rows of one document follow each other as if they had been written one by one.
  if (ids.size < rows.length) return rows.flatMap((row) => writeRows({ ...write, rows: [row] }))
  if (table.columns.hasAttachments || rows.some(({ previous }) => previous !== undefined)) return writeChecked(write)
  const docs = rows.map(({ document }) => document as unknown as Doc)
  const refused = table.insertNew(transaction, docs, options)
  if (refused.length === 0) return []
  const rowById = new Map(rows.map((row) => [idOf(table, row.document), row]))
  return refused.map((doc) => {
    const id = idOf(table, doc)
    return conflict(rowById.get(id)!, id, table.get(id) as DocData, context)
  })
}

function writeChecked({ instance, table, transaction, rows, context, data, options }: BulkWrite): Errors {
  const { primaryPath } = table.columns
  const stored = new Map<string, DocumentRow>()
  const docs = new Map<string, DocData>()
  for (const { document } of rows) {
    const row = table.row(idOf(table, document))
    if (!row) continue
    stored.set(row.id, row)
    docs.set(row.id, row.doc as DocData)
  }
  const asked = rows.map((row) => withoutLostAttachments(row, docs.get(idOf(table, row.document))))
  const sorted = categorizeBulkWriteRows<Doc>(instance, primaryPath, docs, asked, context)
  const living = new Set<string>()
  for (const { document } of [...sorted.bulkInsertDocs, ...sorted.bulkUpdateDocs]) {
    const doc = document as unknown as Doc
    table.write(transaction, stored.get(idOf(table, doc)), doc, options)
    if (!document._deleted) living.add(idOf(table, doc))
  }
  for (const { documentId, attachmentId, attachmentData, digest } of [
    ...sorted.attachmentsAdd,
    ...sorted.attachmentsUpdate,
  ]) {
    // Neither what was refused nor what is deleted keeps any.
    if (living.has(documentId)) table.putAttachment(documentId, attachmentId, digest, data!.get(attachmentData)!)
  }
  return sorted.errors.map((error) => ({ ...error, writeRow: rows[asked.indexOf(error.writeRow)] ?? error.writeRow }))
}

/**
 * A tombstone still names the attachments that went with the document. Who brings it back brings them again: without
 * this, RxDB would take those of the same digest for kept.
 */
function withoutLostAttachments(row: BulkWriteRow<Doc>, stored: DocData | undefined): BulkWriteRow<Doc> {
  if (!row.previous || stored?._deleted !== true) return row
  return { ...row, previous: { ...row.previous, _attachments: {} } }
}

function conflict(
  writeRow: BulkWriteRow<Doc>,
  documentId: string,
  documentInDb: DocData,
  context: string,
): RxStorageWriteError<Doc> {
  return { isError: true, status: 409, documentId, writeRow, documentInDb, context }
}

function idOf(table: DocumentTable, document: object): string {
  return (document as Doc)[table.columns.primaryPath] as string
}

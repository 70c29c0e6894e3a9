/** Attachments of all collections: the data, while documents keep their length, type and digest. */
import type Database from 'better-sqlite3'
import { isRecord, type Doc } from '../../schemas/json.ts'
import { toSortKey } from './sort-key.ts'

export class AttachmentTable {
  readonly #put: Database.Statement
  readonly #remove: Database.Statement
  readonly #get: Database.Statement

  constructor(db: Database.Database) {
    this.#put = db.prepare(
      `INSERT INTO attachment VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET digest = excluded.digest, data = excluded.data`,
    )
    this.#remove = db.prepare('DELETE FROM attachment WHERE key_number = ? AND document_id = ? AND attachment_id = ?')
    this.#get = db
      .prepare(
        'SELECT data FROM attachment WHERE key_number = ? AND document_id = ? AND attachment_id = ? AND digest = ?',
      )
      .pluck()
  }

  /** Call inside a transaction. */
  put(key: number, documentId: string, attachmentId: string, digest: string, data: Uint8Array): void {
    this.#put.run(key, toSortKey(documentId), toSortKey(attachmentId), digest, data)
  }

  /** Deletes what a document no longer names, everything for a deleted one. Call inside a transaction. */
  prune(key: number, documentId: string, previous: Doc, doc: Doc): void {
    const kept = doc['_deleted'] === true ? {} : stubs(doc)
    for (const attachmentId in stubs(previous)) {
      if (!Object.hasOwn(kept, attachmentId)) this.#remove.run(key, toSortKey(documentId), toSortKey(attachmentId))
    }
  }

  get(key: number, documentId: string, attachmentId: string, digest: string): Buffer | undefined {
    return this.#get.get(key, toSortKey(documentId), toSortKey(attachmentId), digest) as Buffer | undefined
  }
}

function stubs(doc: Doc): Readonly<Record<string, unknown>> {
  const attachments = doc['_attachments']
  return isRecord(attachments) ? attachments : {}
}

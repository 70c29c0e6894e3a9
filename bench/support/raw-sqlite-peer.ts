/** What somebody would write by hand on better-sqlite3: one table, the same JSON, the same three indexes, WAL and FULL. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { DocData, StoragePeer } from './storage-peer.ts'

const TABLE = `
CREATE TABLE doc (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, deleted INTEGER NOT NULL,
  placed_at TEXT, status TEXT, member_id TEXT, json TEXT NOT NULL
) STRICT;
CREATE INDEX doc_placed_at ON doc (deleted, placed_at, id);
CREATE INDEX doc_status ON doc (deleted, status, id);
CREATE INDEX doc_member_id ON doc (deleted, member_id, id);`

export const rawSqlitePeer: StoragePeer = {
  name: 'raw-sqlite-full',
  open(folder) {
    mkdirSync(folder, { recursive: true })
    const db = new Database(join(folder, 'raw.sqlite'))
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('cache_size = -65536')
    db.exec(TABLE)
    const into = 'INSERT INTO doc (id, deleted, placed_at, status, member_id, json) VALUES (?, 0, ?, ?, ?, ?)'
    const insert = db.prepare(into)
    const insertAll = db.transaction((documents: readonly DocData[]) => {
      for (const doc of documents) {
        insert.run(doc['id'], doc['placedAt'], doc['status'], doc['memberId'], JSON.stringify(doc))
      }
    })
    const byId = db.prepare('SELECT json FROM doc WHERE id = ? AND deleted = 0').pluck()
    const byMember = db.prepare('SELECT json FROM doc WHERE deleted = 0 AND member_id = ? ORDER BY id').pluck()
    const range = 'SELECT json FROM doc WHERE deleted = 0 AND placed_at >= ? ORDER BY placed_at, id LIMIT ?'
    const byPlacedAt = db.prepare(range).pluck()
    const after = db.prepare('SELECT seq, json FROM doc WHERE seq > ? ORDER BY seq LIMIT ?')
    return Promise.resolve({
      synchronous: () => db.pragma('synchronous', { simple: true }) as number,
      async insert(documents) {
        insertAll(documents)
      },
      findById: async (id) => {
        const json = byId.get(id) as string | undefined
        return json === undefined ? undefined : parse(json)
      },
      ofMember: async (memberId) => (byMember.all(memberId) as string[]).map(parse),
      placedFrom: async (from, limit) => (byPlacedAt.all(from, limit) as string[]).map(parse),
      async changesSince(checkpoint = 0, limit) {
        const rows = after.all(checkpoint, limit) as { seq: number; json: string }[]
        return { documents: rows.map(({ json }) => parse(json)), checkpoint: rows.at(-1)?.seq ?? checkpoint }
      },
      close: async () => void db.close(),
    })
  },
}

function parse(json: string): DocData {
  return JSON.parse(json) as DocData
}

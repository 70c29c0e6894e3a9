/** The documents of a table by the seq of their rows: as the cache holds them, or parsed from the row. */
import type { Doc } from '../../schemas/json.ts'
import type { DocumentCache } from './document-cache.ts'
import type { StatementCache } from './statement-cache.ts'

/** Fewer documents than this are fetched one by one. */
const FEW = 8

export class DocumentReader {
  readonly #statements: StatementCache
  readonly #table: string
  readonly #cache: DocumentCache

  /** @param table its name in SQL */
  constructor(statements: StatementCache, table: string, cache: DocumentCache) {
    this.#statements = statements
    this.#table = table
    this.#cache = cache
  }

  /** @param text the row's JSON, read already */
  parsed(seq: number, text: string): Doc {
    return this.#cache.peek(seq) ?? (JSON.parse(text) as Doc)
  }

  docAt(seq: number): Doc {
    return this.#cache.get(seq) ?? this.#read(seq, true)
  }

  /** @param keep whether the documents are likely to be read again soon */
  docsAt(seqs: readonly number[], keep: boolean): Doc[] {
    const docs: (Doc | undefined)[] = []
    const missing: number[] = []
    for (const seq of seqs) {
      const doc = keep ? this.#cache.get(seq) : this.#cache.peek(seq)
      if (!doc) missing.push(seq)
      docs.push(doc)
    }
    if (missing.length === 0) return docs as Doc[]
    const read =
      missing.length < FEW ? new Map(missing.map((seq) => [seq, this.#read(seq, keep)])) : this.#readMany(missing, keep)
    return docs.map((doc, i) => doc ?? read.get(seqs[i]!)!)
  }

  #read(seq: number, keep: boolean): Doc {
    const sql = `SELECT doc FROM ${this.#table} WHERE seq = ?`
    return this.#parse(seq, this.#statements.preparePlucked(sql).get(seq) as string, keep)
  }

  #readMany(seqs: readonly number[], keep: boolean): ReadonlyMap<number, Doc> {
    const sql = `SELECT seq, doc FROM ${this.#table} WHERE seq IN (SELECT value FROM json_each(?))`
    const rows = this.#statements.prepare(sql).all(JSON.stringify(seqs)) as { seq: number; doc: string }[]
    return new Map(rows.map(({ seq, doc }) => [seq, this.#parse(seq, doc, keep)]))
  }

  #parse(seq: number, text: string, keep: boolean): Doc {
    const doc = JSON.parse(text) as Doc
    if (keep) this.#cache.set(seq, doc, text.length)
    return doc
  }
}

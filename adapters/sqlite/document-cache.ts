/**
 * Documents as they were parsed or written last, by commit sequence. A committed sequence number names one state of one
 * document for ever, so nothing in here can be stale; one that is not committed yet may be rolled back and given to
 * another document, so it is never taken. What the cache holds is bounded by the length of the JSON. Two generations
 * make it cheap: a hit costs one look-up in a map, and what was not asked for during a whole generation is let go.
 */
import type { Doc } from '../../schemas/json.ts'

interface Entry {
  readonly doc: Doc
  readonly length: number
}

export class DocumentCache {
  readonly #generationLength: number
  #young = new Map<number, Entry>()
  #old = new Map<number, Entry>()
  #youngLength = 0
  #committedSeq = 0

  /** @param maxLength of all documents' JSON together, UTF-16 code units; parsed orders take half as much again in bytes */
  constructor(maxLength: number) {
    this.#generationLength = maxLength / 2
  }

  get(seq: number): Doc | undefined {
    const young = this.#young.get(seq)
    if (young) return young.doc
    const old = this.#old.get(seq)
    if (old) this.#put(seq, old)
    return old?.doc
  }

  /** As `get`, for readers that go through everything and should not decide what stays. */
  peek(seq: number): Doc | undefined {
    return (this.#young.get(seq) ?? this.#old.get(seq))?.doc
  }

  /** Call when everything up to a sequence number is on the disk. */
  committed(seq: number): void {
    this.#committedSeq = seq
  }

  set(seq: number, doc: Doc, length: number): void {
    if (seq <= this.#committedSeq && length <= this.#generationLength) this.#put(seq, { doc, length })
  }

  #put(seq: number, entry: Entry): void {
    if (this.#youngLength + entry.length > this.#generationLength) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngLength = 0
    }
    this.#young.set(seq, entry)
    this.#youngLength += entry.length
  }
}

/**
 * All documents of a collection in memory, or what is needed of each: searched while somebody types, listed, counted. Kept
 * current by the collection's events, and between visits by a memory, so that a hundred thousand need not be read anew.
 */
import { signal, type ReadonlySignal } from '@preact/signals'
import { getChangedDocumentsSince, type RxCollection } from 'rxdb'
import type { CardMemory } from './card-memory.ts'

export interface CardIndex<Card> {
  readonly byId: ReadonlyMap<string, Card>
  /** Changes whenever the cards have. */
  readonly version: ReadonlySignal<number>
  /** Whether all are read that the device holds. */
  readonly loaded: ReadonlySignal<boolean>
}

/** What is remembered of a document: few fields of it, or all. */
export interface CardIndexOptions<Document, Card> {
  readonly collection: RxCollection<Document>
  readonly toCard: (document: Document) => Card
  readonly memory?: CardMemory<Card>
}

/** At most so many redraws while a first load streams in, ms. */
const REDRAW_AFTER_MS = 60
const PAGE = 2_000
/** What is remembered is written when nothing has changed for so long, ms, and not later than the second. */
const QUIET_MS = 3_000
const PATIENCE_MS = 60_000
/** Tabs write at the same time: a write may be seen after another one that has a later write time, ms. */
const OVERLAP_MS = 60_000

interface Checkpoint {
  readonly id: string
  readonly lwt: number
}

export function openCardIndex<Document extends { id: string }, Card extends { id: string }>(
  options: CardIndexOptions<Document, Card>,
): CardIndex<Card> {
  const { collection, toCard, memory } = options
  const byId = new Map<string, Card>()
  const version = signal(0)
  const loaded = signal(false)
  const saver = memory && new Saver(memory, collection, byId)
  /** Heard of while older states were read. */
  const touched = new Set<string>()
  let redraw: ReturnType<typeof setTimeout> | undefined
  const changed = () => {
    redraw ??= setTimeout(() => {
      redraw = undefined
      version.value++
    }, REDRAW_AFTER_MS)
  }
  const take = (id: string, document: Document | undefined) => {
    if (document) byId.set(id, toCard(document))
    else byId.delete(id)
    saver?.noteChange(id)
  }
  collection.$.subscribe((event) => {
    if (!loaded.value) touched.add(event.documentId)
    take(event.documentId, event.operation === 'DELETE' ? undefined : event.documentData)
    saver?.noteTime(event.documentData._meta.lwt)
    changed()
  })
  void load()
  return { byId, version, loaded }

  async function load(): Promise<void> {
    const remembered = await memory?.read((cards) => {
      for (const card of cards) if (!touched.has(card.id)) byId.set(card.id, card)
      changed()
    })
    let checkpoint: Checkpoint | undefined =
      remembered === undefined ? undefined : { id: '', lwt: remembered - OVERLAP_MS }
    for (;;) {
      const page = await getChangedDocumentsSince<Document, Checkpoint>(collection.storageInstance, PAGE, checkpoint)
      for (const document of page.documents) {
        if (!touched.has(document.id)) take(document.id, document._deleted ? undefined : document)
      }
      checkpoint = page.checkpoint
      saver?.noteTime(checkpoint.lwt)
      changed()
      if (page.documents.length < PAGE) break
    }
    touched.clear()
    loaded.value = true
    saver?.begin()
    changed()
  }
}

/** Writes what has changed into the memory, by one tab for all. */
class Saver<Document, Card extends { id: string }> {
  readonly #memory: CardMemory<Card>
  readonly #collection: RxCollection<Document>
  readonly #byId: ReadonlyMap<string, Card>
  readonly #changed = new Set<string>()
  #latestMs = 0
  #firstAtMs: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasAll = false

  constructor(memory: CardMemory<Card>, collection: RxCollection<Document>, byId: ReadonlyMap<string, Card>) {
    this.#memory = memory
    this.#collection = collection
    this.#byId = byId
  }

  /** All cards are there: from now on buckets may be written. */
  begin(): void {
    this.#hasAll = true
    if (this.#changed.size > 0) this.#arm()
  }

  noteTime(lwt: number): void {
    this.#latestMs = Math.max(this.#latestMs, lwt)
  }

  noteChange(id: string): void {
    this.#changed.add(id)
    if (this.#hasAll) this.#arm()
  }

  #arm(): void {
    const nowMs = performance.now()
    this.#firstAtMs ??= nowMs
    clearTimeout(this.#timer)
    const afterMs = Math.min(QUIET_MS, Math.max(0, this.#firstAtMs + PATIENCE_MS - nowMs))
    this.#timer = setTimeout(() => void this.#save(), afterMs)
  }

  async #save(): Promise<void> {
    this.#firstAtMs = undefined
    if (!this.#collection.database.isLeader()) return
    const ids = new Set(this.#changed)
    this.#changed.clear()
    try {
      await this.#memory.write(ids, this.#byId, this.#latestMs)
    } catch {
      // It is read anew from the documents; whether the disk is full, the storage notice says.
      for (const id of ids) this.#changed.add(id)
    }
  }
}

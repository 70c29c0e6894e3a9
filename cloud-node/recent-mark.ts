/** Up to where recent runs have come, by mirror: the next one begins there. */
import type { Store } from '../adapters/sqlite/store.ts'

export class RecentMark {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** 0 where there is none, or where the store's history is another one since it was restored. */
  read(mirror: string): number {
    const text = this.#store.readSetting(settingOf(mirror))
    if (text === undefined) return 0
    const mark = JSON.parse(text) as { epoch: string; seq: number }
    return this.#store.knowsPosition(mark) ? mark.seq : 0
  }

  write(mirror: string, seq: number): void {
    const { epoch } = this.#store.epochs().findLast(({ firstSeq }) => firstSeq <= seq) ?? this.#store.head()
    this.#store.transaction('reconcile', () =>
      this.#store.writeSetting(settingOf(mirror), JSON.stringify({ epoch, seq })),
    )
  }
}

function settingOf(mirror: string): string {
  return `reconcile.recent.${mirror}`
}

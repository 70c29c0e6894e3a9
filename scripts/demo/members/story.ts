/** Tells a story, line by line, and ends it with an error as soon as something that it tells did not happen. */
import { isDeepStrictEqual } from 'node:util'
import { table } from '../../../adapters/cli/member-table.ts'

export class Story {
  readonly #write: (text: string) => void
  #checks = 0

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** How many things it has told that were so. */
  get checks(): number {
    return this.#checks
  }

  chapter(title: string): void {
    this.#write(`\n${title}\n${'='.repeat(title.length)}`)
  }

  tell(text: string): void {
    this.#write(`\n${text}`)
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const rule = head.map((cell) => '-'.repeat(cell.length))
    this.#write(table([head, rule, ...rows], 4))
  }

  /** @throws Error unless both are equal */
  check(what: string, is: unknown, should: unknown): void {
    if (!isDeepStrictEqual(is, should)) {
      throw new Error(
        `this did not happen: ${what}\n  it is       ${JSON.stringify(is)}\n  it should   ${JSON.stringify(should)}`,
      )
    }
    this.#checks += 1
    this.#write(`  ✓ ${what}`)
  }
}

/** Enough of an id to tell it from others. */
export function short(id: string): string {
  return id.length <= 10 ? id : `${id.slice(0, 8)}…`
}

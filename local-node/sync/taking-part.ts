/**
 * Leaves suspended classes out of what is said to headquarters and of what it answers: it tells nothing of collections
 * that are not named, and a position of theirs must not move past what was not fetched.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { HeartbeatRequest, Page, Standpoint } from '../../schemas/protocol/exchange.ts'

export class TakingPart {
  readonly suspended: ReadonlySet<number>
  readonly #names: ReadonlySet<string>

  constructor(declarations: readonly CollectionDeclaration[], suspended: ReadonlySet<number>) {
    this.suspended = suspended
    const taking = declarations.filter(({ syncClass }) => !suspended.has(syncClass))
    this.#names = new Set(taking.map(({ name }) => name))
  }

  /** Of a request: also its digests, since both sides cannot agree on what is not exchanged. */
  narrow<Request extends Standpoint & Pick<HeartbeatRequest, 'digests'>>(request: Request): Request {
    if (this.suspended.size === 0) return request
    const { digests } = request
    const named = digests && Object.entries(digests).filter(([name]) => this.#names.has(name))
    return {
      ...request,
      collections: request.collections.filter((name) => this.#names.has(name)),
      ...(named && { digests: Object.fromEntries(named) }),
    }
  }

  /** Of an answer. */
  narrowLevel<Answer extends Pick<Page, 'level'>>(answer: Answer): Answer {
    if (this.suspended.size === 0) return answer
    const level = Object.entries(answer.level).filter(([syncClass]) => !this.suspended.has(Number(syncClass)))
    return { ...answer, level: Object.fromEntries(level) }
  }
}

/** What headquarters answers to the frames of one bundle, each its own transaction, and what is new for the branch behind them. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { BranchFrame, CloudFrame, Stand } from '../../schemas/protocol/bundle.ts'
import type { Fold, HeartbeatRequest, HeartbeatResponse, Standpoint } from '../../schemas/protocol/exchange.ts'
import type { CloudSide } from '../exchange/cloud-side.ts'
import type { OnProgress } from './branch-bundles.ts'
import { standAfter } from './bundle-fit.ts'

export interface Counted {
  documents: number
  rejected: number
  receipts: number
  /** On the way to the branch. */
  news: number
  /** The branch has to begin anew with another bundle. */
  again: boolean
}

export interface BundleAnswersParts {
  readonly cloud: CloudSide
  readonly branchId: string
  readonly onProgress: OnProgress
  readonly pageSize?: number | undefined
}

const PAGE_SIZE = 100

export class BundleAnswers {
  readonly counted: Counted = { documents: 0, rejected: 0, receipts: 0, news: 0, again: false }
  readonly #parts: BundleAnswersParts

  constructor(parts: BundleAnswersParts) {
    this.#parts = parts
  }

  /** The answers to a branch's frames in their order, then what is new for it. */
  async *inFull(
    request: HeartbeatRequest,
    greeting: HeartbeatResponse,
    frames: AsyncGenerator<BranchFrame>,
  ): AsyncGenerator<CloudFrame> {
    const { counted } = this
    const { cloud, branchId } = this.#parts
    const begin = standpointOf(request)
    const { witness } = request
    yield { frame: 'heartbeat', from: standOf(begin), answer: greeting, ...(witness && { witness }) }
    counted.again = greeting.recover === true || greeting.lost !== undefined || greeting.snapshot !== undefined
    if (counted.again) return
    let standpoint = standAfter(begin, greeting)
    for await (const frame of frames) {
      if (frame.frame === 'receipts') yield this.#confirm(standpoint, frame)
      else if (frame.frame === 'push') standpoint = yield* this.#take(standpoint, frame)
      else if (frame.frame === 'pull') {
        // A branch that has sent receipts keeps them until it hears that they were taken, which may be by another way.
        if (counted.receipts === 0) {
          cloud.replica.store.transaction('delivery', () => cloud.deliveries.forgetPassed(branchId, request.positions))
        }
        yield* this.news(standpoint, frame.wanted)
      }
    }
  }

  /**
   * Of a bundle that others have overtaken the documents count, which merge, and what is new from there on. What it was
   * handed, where it stood and what it wanted again may be another story by now: a later bundle tells it.
   */
  async *late(stood: Standpoint & Stand, frames: AsyncGenerator<BranchFrame>): AsyncGenerator<CloudFrame> {
    let standpoint = stood
    for await (const frame of frames) {
      if (frame.frame === 'push') standpoint = yield* this.#take(standpoint, frame)
      else if (frame.frame === 'pull') yield* this.news(standpoint, [])
    }
  }

  /** @returns where the branch stands after the answers */
  *#take(
    begin: Standpoint & Stand,
    { class: syncClass, documents, head: ofFrame, generation }: Extract<BranchFrame, { frame: 'push' }>,
  ): Generator<CloudFrame, Standpoint & Stand> {
    const { counted } = this
    const { cloud, branchId, onProgress } = this.#parts
    let standpoint = begin
    // What an earlier start has written is behind the one that was heard.
    const head = ofFrame.epoch === begin.head.epoch ? ofFrame : begin.head
    for (let isCut = true; isCut;) {
      const from = standOf(standpoint)
      const answer = cloud.push(branchId, { ...standpoint, class: syncClass, documents, head })
      const contained = [...answer.contained, ...this.#foldsOf(answer.outcomes)]
      yield { frame: 'pushed', class: syncClass, generation, from, answer: { ...answer, contained } }
      standpoint = standAfter(standpoint, answer)
      isCut = answer.foldedUpTo.seq < answer.head.seq
      counted.documents += answer.outcomes.length
      counted.rejected += answer.outcomes.filter(({ outcome }) => outcome === 'rejected').length
    }
    onProgress(counted.documents)
    return standpoint
  }

  #confirm(
    standpoint: Standpoint,
    { delivery, class: syncClass, receipts }: Extract<BranchFrame, { frame: 'receipts' }>,
  ): CloudFrame {
    const { cloud, branchId } = this.#parts
    this.counted.receipts += receipts.length
    try {
      const { head } = cloud.receipts(branchId, { ...standpoint, delivery, class: syncClass, receipts })
      return { frame: 'confirmed', delivery, head }
    } catch (error) {
      if (!(error instanceof OutpostError) || error.code !== 'DELIVERY_UNKNOWN') throw error
      return { frame: 'refused', delivery, reason: error.message, head: cloud.replica.store.head() }
    }
  }

  /** Pages of all classes from where the branch stands, the highest first. */
  *news(begin: Standpoint, wanted: readonly { collection: string; id: string }[]): Generator<CloudFrame> {
    const { counted } = this
    const { cloud, branchId, pageSize = PAGE_SIZE, onProgress } = this.#parts
    cloud.replica.store.transaction('delivery', () => cloud.deliveries.beginBundle(branchId))
    let standpoint = begin
    let asked = [...wanted]
    for (;;) {
      const { priority } = cloud.standing(branchId, standpoint)
      const syncClass = priority > 0 ? priority : this.#classOf(asked)
      if (syncClass === undefined) return
      const from = standOf(standpoint)
      const page = cloud.pull(branchId, { ...standpoint, class: syncClass, limit: pageSize, wanted: asked }, true)
      yield { frame: 'page', class: syncClass, from, wanted: asked, page }
      const { upTo, more, foldedUpTo, head } = page
      const isCut = foldedUpTo.seq < head.seq
      const loading = more && (standpoint.positions[syncClass]?.loading ?? true)
      standpoint = standAfter(standpoint, page, isCut ? {} : { [syncClass]: { ...upTo, loading } })
      if (!isCut) asked = []
      counted.news += page.documents.length
      onProgress(counted.documents + counted.news)
    }
  }

  #classOf(wanted: readonly { collection: string }[]): number | undefined {
    const { declarations } = this.#parts.cloud.replica.store
    return declarations.find(({ name }) => wanted.some(({ collection }) => collection === name))?.syncClass
  }

  /**
   * What was folded of the documents that were taken as they came: by the time that the answer is there, the branch may
   * hold another state and not remember this one.
   */
  #foldsOf(
    outcomes: readonly { collection: string; id: string; foldedSeq?: number | undefined; document?: unknown }[],
  ): Fold[] {
    const { contributions } = this.#parts.cloud.balances
    return outcomes.flatMap(({ collection, id, foldedSeq, document }) =>
      foldedSeq === undefined || document !== undefined ? [] : (contributions.newest(collection, id) ?? []),
    )
  }
}

export function standpointOf({ head, witness, positions, collections, folded }: HeartbeatRequest): Standpoint & Stand {
  return { head, witness, positions, collections, folded }
}

function standOf({ positions, folded }: Standpoint): Stand {
  return { positions, ...(folded && { folded }) }
}

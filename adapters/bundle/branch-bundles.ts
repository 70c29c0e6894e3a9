/**
 * The branch's end of bundles: writes what waits for headquarters into a file, takes what headquarters has answered. Each
 * part is taken in one transaction, and only where it still fits.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { Balance } from '../../schemas/contribution.ts'
import { collectionsByClass } from '../../schemas/collection.ts'
import { knowsPosition, type Lineage } from '../../schemas/lineage.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import {
  cloudFrameSchema,
  type BranchFrame,
  type BundleExport,
  type BundleHeader,
  type BundleImport,
  type CloudFrame,
} from '../../schemas/protocol/bundle.ts'
import type { Position } from '../../schemas/protocol/exchange.ts'
import { BranchHeartbeat } from '../exchange/branch-heartbeat.ts'
import type { Batch, BranchSide } from '../exchange/branch-side.ts'
import { readSigningKey } from '../exchange/signature.ts'
import { ROW_STATE } from '../sqlite/document-row.ts'
import { fitStep, type Step } from './bundle-fit.ts'
import { CLOUD_RECIPIENT, openBundleKeys, readPublicKeys } from './bundle-keys.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { openBundle } from './open-bundle.ts'
import { refuseUndeclared } from './refuse-undeclared.ts'
import { TakenBundles } from './taken-bundles.ts'
import { bundleTarget, writeBundle } from './write-bundle.ts'

export interface BranchBundlesParts {
  readonly branch: BranchSide
  /** What headquarters signs with: SPKI, DER in base64url. */
  readonly cloudKey: string
  /** Takes the chain's overdraft, as headquarters says it. */
  readonly onOverdraft: (overdraft: Balance) => void
  /** Runs work while no exchange over the link does; by itself where there is none. */
  readonly alone?: <T>(work: () => Promise<T>) => Promise<T>
  /** Only tests set it. */
  readonly batchSize?: number
}

export type OnProgress = (documents: number) => void

const BATCH_SIZE = 100
const MAX_WANTED = 1000

export class BranchBundles {
  readonly #parts: BranchBundlesParts
  readonly #taken: TakenBundles
  readonly #oneAtATime = oneAtATime()

  constructor(parts: BranchBundlesParts) {
    this.#parts = parts
    this.#taken = new TakenBundles(parts.branch.replica.store, () => parts.branch.replica.clock.wallMs())
  }

  /**
   * Writes all that waits into a bundle for headquarters. The branch counts none of it as sent before it has the answer.
   *
   * @param to an absolute path: a folder, or a file that does not exist yet
   * @throws OutpostError BUNDLE_KEYS, BAD_REQUEST, BAD_CONFIGURATION
   */
  async exportBundle(to: string, onProgress: OnProgress = () => undefined): Promise<BundleExport> {
    const { branch } = this.#parts
    const { store, clock } = branch.replica
    refuseUndeclared(store)
    const keys = await openBundleKeys(store)
    const recipient = store.readSetting(CLOUD_RECIPIENT)
    if (recipient === undefined) {
      throw new OutpostError('BUNDLE_KEYS', 'headquarters has not told this branch yet what to encrypt bundles to')
    }
    const { branchId } = branch
    const madeAt = clock.now()
    const signer = readPublicKeys(store)!.signing
    const id = randomBytes(12).toString('base64url')
    const header: BundleHeader = { id, from: 'branch', branchId, madeAt, signer, recipient }
    const file = bundleTarget(to, `${branchId}-to-headquarters-${madeAt.replace(/[-:]|\.\d+/g, '')}`)
    const counted = { documents: 0, receipts: 0 }
    const bytes = await writeBundle(file, header, readSigningKey(keys.signing), this.#frames(counted, onProgress))
    return { file, branchId, ...counted, bytes }
  }

  /**
   * Takes headquarters' answer.
   *
   * @throws OutpostError BUNDLE_INVALID, BUNDLE_FOREIGN, BUNDLE_OLD, BAD_CONFIGURATION
   */
  importBundle(file: string, onProgress: OnProgress = () => undefined): Promise<BundleImport> {
    return this.#oneAtATime(() => this.#import(file, onProgress))
  }

  async #import(file: string, onProgress: OnProgress): Promise<BundleImport> {
    const { branch, cloudKey, alone = itself } = this.#parts
    const { store } = branch.replica
    refuseUndeclared(store)
    const keys = await openBundleKeys(store)
    const bundle = await openBundle(file, dirname(store.file))
    try {
      const { header } = bundle
      if (header.from !== 'headquarters' || header.signer !== cloudKey) {
        throw new OutpostError('BUNDLE_FOREIGN', `${file} is not from the headquarters of this branch`)
      }
      if (header.branchId !== branch.branchId || header.recipient !== readPublicKeys(store)!.recipient) {
        const message = `${file} was made for branch "${header.branchId}"; this PC is not it, or not any more`
        throw new OutpostError('BUNDLE_FOREIGN', message)
      }
      return await alone(async () => {
        const taking = new Taking(this.#parts, header, this.#taken)
        const before = this.#taken.find(header)
        if (before?.isDone === true) return taking.report(file, 'repeated')
        let number = 0
        const frames = bundle.frames<CloudFrame>(cloudFrameSchema, keys.identity, ({ epochs }) => {
          taking.epochs = epochs
        })
        for await (const frame of frames) {
          number += 1
          if (number <= (before?.frames ?? 0)) continue
          taking.take(frame, number)
          onProgress(taking.documents + taking.settled)
        }
        if (taking.hasGap) {
          const message = `${file} does not begin where branch "${branch.branchId}" stands, so the rest of it was left out`
          throw new OutpostError('BUNDLE_OLD', message)
        }
        this.#taken.done(header)
        return taking.report(file, taking.hasFitted || before ? 'taken' : 'outdated')
      })
    } finally {
      await bundle.close()
    }
  }

  *#frames(counted: { documents: number; receipts: number }, onProgress: OnProgress): Generator<BranchFrame> {
    const { branch, batchSize = BATCH_SIZE } = this.#parts
    const { store } = branch.replica
    // What is written from now on goes with the next one, so that this one ends.
    const end = store.head().seq
    yield { frame: 'heartbeat', request: new BranchHeartbeat(branch).request({ host: hostname() }) }
    for (const { delivery, class: syncClass, receipts } of branch.openReceipts()) {
      counted.receipts += receipts.length
      yield { frame: 'receipts', delivery, class: syncClass, receipts }
    }
    for (const state of [ROW_STATE.dirty, ROW_STATE.retry]) {
      for (const syncClass of collectionsByClass(store.declarations).keys()) {
        for (let after = 0; after < end;) {
          const batch = branch.nextBatch(syncClass, batchSize, state, after)
          if (!batch) break
          const { documents, generation } = batch
          yield { frame: 'push', class: syncClass, documents, generation, head: store.head() }
          after = batch.upTo
          counted.documents += documents.length
          onProgress(counted.documents)
        }
      }
    }
    const wanted = branch.wanted(MAX_WANTED).map(({ collection, id }) => ({ collection, id }))
    yield { frame: 'pull', wanted }
  }
}

/** One answer on its way into the store. */
class Taking {
  readonly #branch: BranchSide
  readonly #header: BundleHeader
  readonly #taken: TakenBundles
  readonly #onOverdraft: (overdraft: Balance) => void
  epochs: Lineage = []
  documents = 0
  settled = 0
  hasFitted = false
  hasGap = false
  #rejected = 0
  #again = false

  constructor({ branch, onOverdraft }: BranchBundlesParts, header: BundleHeader, taken: TakenBundles) {
    this.#branch = branch
    this.#onOverdraft = onOverdraft
    this.#header = header
    this.#taken = taken
  }

  report(file: string, state: BundleImport['state']): BundleImport {
    const { branchId } = this.#branch
    const { documents, settled } = this
    return { file, branchId, state, documents, rejected: this.#rejected, settled, again: this.#again }
  }

  take(frame: CloudFrame, number: number): void {
    const branch = this.#branch
    const note = () => this.#taken.note(this.#header, number)
    switch (frame.frame) {
      case 'heartbeat':
        this.#takeHeartbeat(frame)
        this.#taken.noteAlone(this.#header, number)
        return
      case 'confirmed':
      case 'refused': {
        const { delivery } = frame
        const open = branch.openReceipts().find((one) => one.delivery === delivery)
        const overtaking = this.#overtaking(frame.head)
        const head = overtaking ?? frame.head
        if (overtaking ? !open : !this.#fits({ from: { positions: {} }, head, foldedUpTo: head })) return
        this.hasFitted = true
        if (frame.frame === 'confirmed') branch.receiptsConfirmed(delivery, head)
        else if (open) branch.receiptsRefused(open, frame.reason, branch.replica.clock.wallMs())
        this.#taken.noteAlone(this.#header, number)
        return
      }
      case 'pushed': {
        const { answer } = frame
        const overtaking = this.#overtaking(answer.head)
        if (overtaking) {
          this.#settleOvertaken(frame, overtaking, note)
          return
        }
        if (!this.#fits({ ...frame, ...answer })) return
        branch.settle(this.#batchOf(frame), answer, branch.replica.clock.wallMs(), note)
        this.settled += answer.outcomes.length
        return
      }
      case 'page': {
        const { page, wanted } = frame
        if (
          !this.#fits({
            ...frame,
            ...page,
            upTo: { class: frame.class, seq: page.upTo.seq, isWanted: wanted.length > 0 },
          })
        )
          return
        const receipts = branch.applyPage(frame.class, page, branch.replica.clock.wallMs(), wanted, note)
        this.documents += receipts.length
        this.#rejected += receipts.filter(({ outcome }) => outcome === 'rejected').length
        return
      }
    }
  }

  /**
   * What the two stores are to each other counts only where the branch has acted upon nothing since it asked. Else the
   * answer still says of which classes nothing waited.
   */
  #takeHeartbeat({ from, answer, witness }: Extract<CloudFrame, { frame: 'heartbeat' }>): void {
    const { known } = this.#branch
    const relied = known.witness()
    const { head, level, overdraft } = answer
    if (relied?.epoch === witness?.epoch && relied?.seq === witness?.seq) {
      this.#again = new BranchHeartbeat(this.#branch).take(answer, true).again
      this.hasFitted = true
    } else if (this.#fits({ from, head, foldedUpTo: head })) this.#branch.standAt(level, head)
    else return
    if (overdraft) this.#onOverdraft(overdraft)
  }

  /** What the branch relies on, where that is a later word of the headquarters that gave this one. */
  #overtaking(head: Position): Position | undefined {
    const { known } = this.#branch
    const witness = known.witness()
    if (!witness || knowsPosition(this.epochs, head.seq, witness)) return undefined
    return knowsPosition(known.lineage(), witness.seq, head) ? witness : undefined
  }

  /**
   * A heartbeat is enough to overtake an answer, and what headquarters has taken stays taken. Where it holds another state
   * than was sent, that comes with what is offered again: it may show more than the branch knows to be folded.
   */
  #settleOvertaken(frame: Extract<CloudFrame, { frame: 'pushed' }>, head: Position, note: () => void): void {
    const { replica, acceptances } = this.#branch
    const { store } = replica
    const foldedUpTo = acceptances.head()
    if (!foldedUpTo) return
    const outcomes = frame.answer.outcomes.filter(({ collection, id, seq, outcome, document }) => {
      const isDeclared = store.declarations.some(({ name }) => name === collection)
      const row = isDeclared ? store.table(collection).row(id) : undefined
      const waits = row?.state === ROW_STATE.dirty || row?.state === ROW_STATE.retry
      return waits && row.seq === seq && document === undefined && outcome !== 'held'
    })
    if (outcomes.length === 0) return
    const answer = { ...frame.answer, outcomes, contained: [], level: {}, head, foldedUpTo }
    this.#branch.settle(this.#batchOf({ ...frame, answer }), answer, replica.clock.wallMs(), note)
    this.settled += outcomes.length
    this.hasFitted = true
  }

  #fits(step: Omit<Step, 'epochs'>): boolean {
    const { replica, known, acceptances } = this.#branch
    const standing = {
      positions: this.#branch.standpoint().positions,
      folded: acceptances.head(),
      witness: known.witness(),
    }
    const classes = collectionsByClass(replica.store.declarations).keys()
    const fit = fitStep(standing, { ...step, epochs: this.epochs }, classes)
    if (fit === 'fits') this.hasFitted = true
    if (fit === 'gap') this.hasGap = true
    return fit === 'fits'
  }

  /**
   * What was sent, as far as it still matters: the state of a row that has been written since is the next bundle's, and
   * headquarters' own state of it says all that is joined with it.
   */
  #batchOf({ class: syncClass, generation, answer }: Extract<CloudFrame, { frame: 'pushed' }>): Omit<Batch, 'upTo'> {
    const { store } = this.#branch.replica
    const documents = answer.outcomes.flatMap(({ collection, id, seq, document }) => {
      const declaration = store.declarations.find(({ name }) => name === collection)
      const row = declaration && store.table(collection).row(id)
      const sent = row?.seq === seq ? replicatedState(row.doc) : document
      const version = declaration?.schema.version ?? 0
      return sent ? [{ collection, version, seq, document: sent }] : []
    })
    return { class: syncClass, generation, documents }
  }
}

const itself = <T>(work: () => Promise<T>): Promise<T> => work()

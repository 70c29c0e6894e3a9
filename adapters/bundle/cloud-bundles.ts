/**
 * Headquarters' end of bundles: takes a branch's file as the exchanges that it stands for, each its own transaction, and
 * writes the answers and its news into a file for the way back.
 */
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { knowsPosition } from '../../schemas/lineage.ts'
import type { HeartbeatRequest, HeartbeatResponse, BranchKeys, Standpoint } from '../../schemas/protocol/exchange.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import {
  branchFrameSchema,
  type BranchFrame,
  type BundleExport,
  type BundleHeader,
  type BundleImport,
  type CloudFrame,
  type Stand,
} from '../../schemas/protocol/bundle.ts'
import { refuseOtherProtocol, refuseOtherSchemas } from '../../schemas/version-check.ts'
import type { CloudSide } from '../exchange/cloud-side.ts'
import type { SigningKey } from '../exchange/signature.ts'
import type { OnProgress } from './branch-bundles.ts'
import { BundleAnswers, standpointOf, type Counted } from './bundle-answers.ts'
import { openBundleKeys, readPublicKeys } from './bundle-keys.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { openBundle } from './open-bundle.ts'
import { refuseUndeclared } from './refuse-undeclared.ts'
import { TakenBundles } from './taken-bundles.ts'
import { bundleTarget, writeBundle } from './write-bundle.ts'

/** What headquarters knows of its branches. */
export interface KnownBranches {
  /** @throws OutpostError BRANCH_UNKNOWN, BRANCH_DISABLED */
  admit(branchId: string): unknown
  /** @param saidAt when the branch made it */
  heartbeat(branchId: string, request: HeartbeatRequest, saidAt: string): HeartbeatResponse
  /** The last heartbeat that was accepted. */
  contact(branchId: string): { readonly request: HeartbeatRequest } | undefined
  /** Every key that the branch's PCs have named, that of the present one first. */
  keysOf(branchId: string): readonly BranchKeys[]
  askForSnapshot(branchId: string): string
}

export interface CloudBundlesParts {
  readonly cloud: CloudSide
  readonly branches: KnownBranches
  /** What headquarters signs its decisions with. */
  readonly signing: { readonly key: SigningKey; readonly publicKey: string }
  /** Only tests set it. */
  readonly pageSize?: number
}

export class CloudBundles {
  readonly #parts: CloudBundlesParts
  readonly #taken: TakenBundles
  readonly #oneAtATime = oneAtATime()

  constructor(parts: CloudBundlesParts) {
    this.#parts = parts
    this.#taken = new TakenBundles(parts.cloud.replica.store, () => parts.cloud.replica.clock.wallMs())
  }

  /**
   * Writes what is new for a branch since it was last heard of.
   *
   * @throws OutpostError BRANCH_UNKNOWN, BUNDLE_KEYS, HEARTBEAT_FIRST, PROTOCOL_OUTDATED, BAD_REQUEST, BAD_CONFIGURATION
   */
  exportBundle(branchId: string, to: string, onProgress: OnProgress = () => undefined): Promise<BundleExport> {
    const { branches, cloud } = this.#parts
    return this.#oneAtATime(async () => {
      refuseUndeclared(cloud.replica.store)
      branches.admit(branchId)
      const contact = branches.contact(branchId)
      if (!contact) throw new OutpostError('HEARTBEAT_FIRST', `headquarters has never heard of branch "${branchId}"`)
      refuseOtherSchemas(contact.request, cloud.replica.store.declarations)
      cloud.admit(branchId, contact.request)
      const answers = this.#answersFor(branchId, onProgress)
      return this.#write(branchId, to, answers.counted, answers.news(standpointOf(contact.request), []))
    })
  }

  /**
   * Takes a branch's bundle and writes the answer.
   *
   * @param to where the answer goes; beside the bundle without it
   * @param fromDead takes the documents of a PC that was declared dead, and nothing else
   * @throws OutpostError BUNDLE_INVALID, BUNDLE_FOREIGN, CLONE_SUSPECTED, BRANCH_UNKNOWN, BRANCH_DISABLED,
   *   BUNDLE_OLD, PROTOCOL_OUTDATED, BAD_CONFIGURATION
   */
  importBundle(
    file: string,
    {
      to,
      fromDead = false,
      onProgress = () => undefined,
    }: { to?: string | undefined; fromDead?: boolean | undefined; onProgress?: OnProgress },
  ): Promise<BundleImport> {
    return this.#oneAtATime(async () => {
      const { store } = this.#parts.cloud.replica
      refuseUndeclared(store)
      const bundle = await openBundle(file, dirname(store.file))
      try {
        const { header } = bundle
        const { branchId } = header
        await this.#ensureOurs(header, file)
        const before = this.#taken.find(header)
        const answers = this.#answersFor(branchId, onProgress)
        const { counted } = answers
        const report = (state: BundleImport['state']): BundleImport => {
          const { documents, rejected, again } = counted
          return { file, branchId, state, documents, rejected, settled: 0, again }
        }
        if (before?.isDone === true) return report('repeated')
        const { identity } = await openBundleKeys(store)
        const frames = bundle.frames<BranchFrame>(branchFrameSchema, identity)
        const first = await frames.next()
        if (first.done === true || first.value.frame !== 'heartbeat')
          throw new OutpostError('BUNDLE_INVALID', `${file} says nothing of its branch`)
        const { request } = first.value
        refuseOtherProtocol(request.protocol, request.version)
        refuseOtherSchemas(request, store.declarations)
        if (fromDead) {
          await this.#takeFromDead(branchId, request, frames, counted, onProgress)
          this.#taken.done(header)
          return report('taken')
        }
        const greeting = this.#hear(header, request)
        const answered = greeting
          ? answers.inFull(request, greeting, frames)
          : answers.late(this.#stoodAt(branchId, request, file), frames)
        const answer = await this.#write(branchId, to ?? `${dirname(file)}/`, counted, answered)
        this.#taken.done(header)
        return { ...report(greeting ? 'taken' : 'late'), answer }
      } finally {
        await bundle.close()
      }
    })
  }

  #answersFor(branchId: string, onProgress: OnProgress): BundleAnswers {
    const { cloud, pageSize } = this.#parts
    return new BundleAnswers({ cloud, branchId, onProgress, pageSize })
  }

  async #ensureOurs({ from, branchId, signer, recipient }: BundleHeader, file: string): Promise<void> {
    const { branches, cloud } = this.#parts
    await openBundleKeys(cloud.replica.store)
    if (from !== 'branch' || recipient !== readPublicKeys(cloud.replica.store)!.recipient) {
      throw new OutpostError('BUNDLE_FOREIGN', `${file} was not made for this headquarters`)
    }
    branches.admit(branchId)
    if (!branches.keysOf(branchId).some(({ signing }) => signing === signer)) {
      const message = `no PC of branch "${branchId}" that headquarters has heard of has signed ${file}`
      throw new OutpostError('BUNDLE_FOREIGN', message)
    }
  }

  /**
   * What a repeat is answered too: the answer may not have come onto the stick the first time.
   *
   * @returns nothing where headquarters has heard a later heartbeat of the branch since
   */
  #hear({ id, branchId, madeAt }: BundleHeader, request: HeartbeatRequest): HeartbeatResponse | undefined {
    const { branches, cloud } = this.#parts
    const { store } = cloud.replica
    if (cloud.links.isDead(branchId, request)) {
      const message = `branch "${branchId}" is not let in: this PC was declared dead; --from-dead takes its unsent documents`
      throw new OutpostError('CLONE_SUSPECTED', message)
    }
    const heard = branches.contact(branchId)?.request
    // A later start of the same store.
    if (heard?.epochs.slice(0, -1).some(({ epoch }) => epoch === request.head.epoch) === true) return undefined
    try {
      const greeting = branches.heartbeat(branchId, request, madeAt)
      store.transaction('bundle', () => store.writeSetting(greetingOf(branchId), JSON.stringify({ id, greeting })))
      return greeting
    } catch (error) {
      if (!isError(error, 'HEARTBEAT_FIRST')) throw error
    }
    const isLast = heard?.head.epoch === request.head.epoch && heard.beat === request.beat
    const last = JSON.parse(store.readSetting(greetingOf(branchId)) ?? '{}') as Partial<Greeted>
    return isLast && last.id === id ? last.greeting : undefined
  }

  /**
   * Where a branch stood when it made a bundle that others have overtaken: as the same store as the one that was heard.
   *
   * @throws OutpostError BUNDLE_OLD, CLONE_SUSPECTED
   */
  #stoodAt(branchId: string, request: HeartbeatRequest, file: string): Standpoint & Stand {
    const { branches, cloud } = this.#parts
    const old = (cause?: unknown) => {
      const message = `${file} is older than what headquarters knows of branch "${branchId}", and one of the two was restored since; nothing of it was taken`
      return new OutpostError('BUNDLE_OLD', message, { cause })
    }
    const heard = branches.contact(branchId)?.request
    if (!heard || !knowsPosition(heard.epochs, heard.head.seq, request.head)) throw old()
    const stood = { ...standpointOf(request), head: heard.head }
    try {
      cloud.admit(branchId, stood)
      return stood
    } catch (error) {
      throw isError(error, 'HEARTBEAT_FIRST') || isError(error, 'POSITION_UNKNOWN') ? old(error) : error
    }
  }

  async #takeFromDead(
    branchId: string,
    request: HeartbeatRequest,
    frames: AsyncGenerator<BranchFrame>,
    counted: Counted,
    onProgress: OnProgress,
  ): Promise<void> {
    const { cloud, branches } = this.#parts
    for await (const frame of frames) {
      if (frame.frame !== 'push') continue
      const outcomes = cloud.takeFromDead(branchId, request, frame.documents)
      counted.documents += outcomes.length
      counted.rejected += outcomes.filter(({ outcome }) => outcome === 'rejected').length
      onProgress(counted.documents)
    }
    // They count as sent by the branch, and what a branch sent itself is left out of its pages: the one that lives gets
    // all of its documents again.
    if (counted.documents > 0) cloud.replica.store.transaction('setting', () => branches.askForSnapshot(branchId))
  }

  async #write(
    branchId: string,
    to: string,
    counted: Counted,
    frames: AsyncIterable<CloudFrame> | Iterable<CloudFrame>,
  ): Promise<BundleExport> {
    const { cloud, branches, signing } = this.#parts
    const { store, clock } = cloud.replica
    const [keys] = branches.keysOf(branchId)
    if (!keys) {
      throw new OutpostError('BUNDLE_KEYS', `branch "${branchId}" has not told headquarters its keys yet`)
    }
    const madeAt = clock.now()
    const id = randomBytes(12).toString('base64url')
    const header: BundleHeader = {
      id,
      from: 'headquarters',
      branchId,
      madeAt,
      signer: signing.publicKey,
      recipient: keys.recipient,
    }
    const file = bundleTarget(to, `headquarters-to-${branchId}-${madeAt.replace(/[-:]|\.\d+/g, '')}`)
    const bytes = await writeBundle(file, header, signing.key, frames, { epochs: [...store.epochs()] })
    return { file, branchId, documents: counted.news, receipts: counted.receipts, bytes }
  }
}

/** The answer to the last heartbeat of a branch that came by bundle. */
interface Greeted {
  readonly id: string
  readonly greeting: HeartbeatResponse
}

function greetingOf(branchId: string): string {
  return `bundle greeting of ${branchId}`
}

function isError(error: unknown, code: ErrorCode): error is OutpostError {
  return error instanceof OutpostError && error.code === code
}

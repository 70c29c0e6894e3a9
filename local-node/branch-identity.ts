/** Which branch a store is, and of which headquarters: told when it was enrolled, kept in the store from then on. */
import type { z } from 'zod'
import { noteCloudTime } from '../adapters/node/clock-memory.ts'
import { IDENTITY_SETTINGS } from '../adapters/sqlite/store-identity.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { chainFactsSchema, type ChainFacts } from '../schemas/protocol/chain-facts.ts'
import { isEnrolled, keepEnrolledKey, type KeptKey } from './branch-key.ts'
import { parseCloudAddress } from './cloud-address.ts'

export interface BranchIdentity {
  readonly facts: ChainFacts
  /** Without a slash at the end. */
  readonly cloudUrl: string
}

const FACTS = IDENTITY_SETTINGS.branch
/** The setting that holds the address of headquarters. */
export const CLOUD_URL = 'cloud-url'

/** What a start says of the branch. */
export interface GivenIdentity {
  readonly dataDir: string
  /** Where headquarters is now, if not where it was at the last start. */
  readonly cloudUrl?: string | undefined
  readonly insecureHttp?: boolean | undefined
}

/**
 * What can be said without a store, so that nothing is made for a start that is refused.
 *
 * @param hasStore there is one from an earlier time
 * @throws OutpostError BAD_CONFIGURATION, UNENCRYPTED
 */
export function refuseUnusable({ dataDir, cloudUrl, insecureHttp }: GivenIdentity, hasStore: boolean): void {
  if (!hasStore) throw notEnrolled(dataDir)
  if (cloudUrl !== undefined) parseCloudAddress(cloudUrl, insecureHttp)
}

/** @throws OutpostError BAD_CONFIGURATION, UNENCRYPTED */
export function openBranchIdentity(store: Store, given: GivenIdentity): BranchIdentity {
  const { dataDir, insecureHttp } = given
  const saved = store.readSetting(FACTS)
  if (saved === undefined || !isEnrolled(store)) throw notEnrolled(dataDir)
  const cloudUrl = parseCloudAddress(given.cloudUrl ?? store.readSetting(CLOUD_URL), insecureHttp)
  const facts = chainFactsSchema.safeParse(parseJson(saved))
  if (!facts.success) throw damaged(dataDir, facts.error)
  store.transaction('setting', () => store.writeSetting(CLOUD_URL, cloudUrl))
  return { facts: facts.data, cloudUrl }
}

/**
 * Which branch the store is already; `undefined` for one that is none yet.
 *
 * @throws OutpostError BAD_CONFIGURATION
 */
export function knownBranch(store: Store, dataDir: string): z.infer<typeof savedFacts> | undefined {
  const saved = store.readSetting(FACTS)
  if (saved === undefined) return undefined
  const known = savedFacts.safeParse(parseJson(saved))
  if (!known.success) throw damaged(dataDir, known.error)
  return known.data
}

/** @throws OutpostError BAD_CONFIGURATION where the store belongs to another branch or chain than the one that was told */
export function refuseOtherBranch(store: Store, dataDir: string, told: ChainFacts): void {
  const known = knownBranch(store, dataDir)
  if (!known || (known.branchId === told.branchId && known.chainKey === told.chainKey)) return
  const message = `${dataDir} belongs to another branch or headquarters: name another folder with --data`
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
}

/** What proves whose data it is: another version of Outpost may have saved less of the rest. */
const savedFacts = chainFactsSchema.pick({ branchId: true, chainKey: true, cloudKey: true }).partial({ cloudKey: true })

/** What headquarters has told a PC that it has enrolled. */
export function keepIdentity(
  store: Store,
  told: BranchIdentity & { readonly key: KeptKey; readonly cloudMs: number },
): void {
  const { facts, cloudUrl, key, cloudMs } = told
  const isNew = store.readSetting(FACTS) === undefined
  store.transaction('setting', () => {
    store.writeSetting(FACTS, JSON.stringify(facts))
    store.writeSetting(CLOUD_URL, cloudUrl)
    keepEnrolledKey(store, key)
    // Before anything is stamped: what a PC that stands in 2099 stamps by itself would be refused for ever.
    if (isNew) noteCloudTime(store, cloudMs)
  })
}

function notEnrolled(dataDir: string): OutpostError {
  const message = `${dataDir} holds no branch yet: enrol this PC with \`outpost branch enroll\``
  return new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
}

function damaged(dataDir: string, cause: z.ZodError): OutpostError {
  const message = `what ${dataDir} says of its own branch is damaged (${fieldsOf(cause)}): restore its newest backup`
  return new OutpostError('BAD_CONFIGURATION', message, { cause })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fieldsOf({ issues }: z.ZodError): string {
  return issues.map(({ path }) => path.join('.') || 'all of it').join(', ')
}

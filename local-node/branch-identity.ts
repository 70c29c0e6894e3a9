/** Which branch a store is, and of which headquarters: told at the first start, kept in the store from then on. */
import type { z } from 'zod'
import { OutpostError } from '../schemas/outpost-error.ts'
import { chainFactsSchema, type ChainFacts } from '../schemas/protocol/chain-facts.ts'
import { noteCloudTime } from '../adapters/node/clock-memory.ts'
import { IDENTITY_SETTINGS } from '../adapters/sqlite/store-identity.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { fetchChainFacts, type JoinAnswer } from './join-chain.ts'

export interface BranchIdentity {
  readonly facts: ChainFacts
  /** Without a slash at the end. */
  readonly cloudUrl: string
}

const FACTS = IDENTITY_SETTINGS.branch
const CLOUD_URL = 'cloud-url'

/** What a start says of the branch. */
export interface GivenIdentity {
  readonly dataDir: string
  readonly branchId?: string | undefined
  readonly cloudUrl?: string | undefined
}

/**
 * What can be said without a store, so that nothing is made for a start that is refused.
 *
 * @param isNew nothing was saved by an earlier start
 * @throws OutpostError BAD_CONFIGURATION
 */
export function refuseUnusable({ dataDir, branchId, cloudUrl }: GivenIdentity, isNew: boolean): void {
  if (isNew && branchId === undefined) {
    const message = `${dataDir} holds no branch yet: name it with --branch and headquarters with --cloud`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'branch' })
  }
  if (isNew || cloudUrl !== undefined) normalUrl(cloudUrl)
}

/**
 * @param given a saved branch id cannot change, a saved address can
 * @throws OutpostError BAD_CONFIGURATION, LINK_FAILED, BRANCH_UNKNOWN
 */
export async function openBranchIdentity(store: Store, given: GivenIdentity): Promise<BranchIdentity> {
  const saved = store.readSetting(FACTS)
  refuseUnusable(given, saved === undefined)
  const cloudUrl = normalUrl(given.cloudUrl ?? store.readSetting(CLOUD_URL))
  if (saved !== undefined) {
    const known = readSaved(saved, given.dataDir)
    if (given.branchId !== undefined && given.branchId !== known.branchId) {
      const message = `${given.dataDir} is the data of branch "${known.branchId}", not of "${given.branchId}"`
      throw new OutpostError('BAD_CONFIGURATION', message, { field: 'branch' })
    }
    const whole = chainFactsSchema.safeParse(known)
    const facts = whole.success ? whole.data : await askAgain(known, fieldsOf(whole.error), cloudUrl, given.dataDir)
    store.transaction('setting', () => {
      if (!whole.success) store.writeSetting(FACTS, JSON.stringify(facts))
      store.writeSetting(CLOUD_URL, cloudUrl)
    })
    return { facts, cloudUrl }
  }
  const why = 'a branch that starts for the first time must reach it once'
  const { facts, cloudMs } = await askHeadquarters(cloudUrl, given.branchId!, why)
  store.transaction('setting', () => {
    store.writeSetting(FACTS, JSON.stringify(facts))
    // Before anything is stamped: what a PC that stands in 2099 stamps by itself would be refused for ever.
    noteCloudTime(store, cloudMs)
    store.writeSetting(CLOUD_URL, cloudUrl)
  })
  return { facts, cloudUrl }
}

/** What a store cannot be without: everything in it carries ids that follow from these. */
const savedFacts = chainFactsSchema.pick({ branchId: true, chainKey: true }).loose()
type SavedFacts = z.infer<typeof savedFacts>

function readSaved(saved: string, dataDir: string): SavedFacts {
  const parsed = savedFacts.safeParse(parseJson(saved))
  if (parsed.success) return parsed.data
  const message = `what ${dataDir} says of its own branch is damaged (${fieldsOf(parsed.error)}): restore its newest backup`
  throw new OutpostError('BAD_CONFIGURATION', message, { cause: parsed.error })
}

/** Another version of Outpost saved less than this one needs, and headquarters tells all of it again. */
async function askAgain(known: SavedFacts, missing: string, cloudUrl: string, dataDir: string): Promise<ChainFacts> {
  const why = `${dataDir} lacks ${missing}, which only headquarters can tell; start again when it can be reached, nothing is lost`
  const { facts } = await askHeadquarters(cloudUrl, known.branchId, why)
  const isSame = facts.branchId === known.branchId && facts.chainKey === known.chainKey
  const isSameSigner = known['cloudKey'] === undefined || known['cloudKey'] === facts.cloudKey
  if (isSame && isSameSigner) return facts
  const message = `${cloudUrl} is not the headquarters that ${dataDir} belongs to: correct --cloud`
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'cloud' })
}

/** @param why it must be reached now */
async function askHeadquarters(cloudUrl: string, branchId: string, why: string): Promise<JoinAnswer> {
  try {
    return await fetchChainFacts(cloudUrl, branchId, AbortSignal.timeout(10_000))
  } catch (error) {
    if (!(error instanceof OutpostError) || error.code !== 'LINK_FAILED') throw error
    throw new OutpostError('LINK_FAILED', `${error.message}; ${why}`, { cause: error })
  }
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

function normalUrl(text: string | undefined): string {
  if (text === undefined) {
    throw new OutpostError('BAD_CONFIGURATION', 'the address of headquarters (--cloud) is missing', { field: 'cloud' })
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  const refuse = (why: string) => {
    throw new OutpostError('BAD_CONFIGURATION', `${why}; it looks like http://127.0.0.1:7700`, { field: 'cloud' })
  }
  // What may be a password is not repeated.
  if (!url || !/^https?:$/.test(url.protocol)) {
    return refuse(text.includes('@') ? 'what was given as --cloud is no address' : `"${text}" is no address`)
  }
  if (url.username !== '' || url.password !== '') {
    return refuse('the address of headquarters (--cloud) takes no user and no password')
  }
  if (/[?#]/.test(text)) return refuse('the address of headquarters (--cloud) takes nothing from a "?" or "#" on')
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** Which branch a store is, and of which headquarters: told at the first start, kept in the store from then on. */
import { OutpostError } from '../schemas/outpost-error.ts'
import { chainFactsSchema, type ChainFacts } from '../schemas/protocol/chain-facts.ts'
import { noteCloudTime } from '../adapters/node/clock-memory.ts'
import { IDENTITY_SETTINGS } from '../adapters/sqlite/store-identity.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { fetchChainFacts } from './join-chain.ts'

export interface BranchIdentity {
  readonly facts: ChainFacts
  /** Without a slash at the end. */
  readonly cloudUrl: string
}

const FACTS = IDENTITY_SETTINGS.branch
const CLOUD_URL = 'cloud-url'

/**
 * @param given what this start says; a saved branch id cannot change, a saved address can
 * @throws OutpostError BAD_CONFIGURATION, LINK_FAILED, BRANCH_UNKNOWN
 */
export async function openBranchIdentity(
  store: Store,
  given: { dataDir: string; branchId?: string | undefined; cloudUrl?: string | undefined },
): Promise<BranchIdentity> {
  const saved = store.readSetting(FACTS)
  if (saved === undefined && given.branchId === undefined) {
    const message = `${given.dataDir} holds no branch yet: name it with --branch and headquarters with --cloud`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'branch' })
  }
  const cloudUrl = normalUrl(given.cloudUrl ?? store.readSetting(CLOUD_URL))
  if (saved !== undefined) {
    const facts = chainFactsSchema.parse(JSON.parse(saved))
    if (given.branchId !== undefined && given.branchId !== facts.branchId) {
      const message = `${given.dataDir} is the data of branch "${facts.branchId}", not of "${given.branchId}"`
      throw new OutpostError('BAD_CONFIGURATION', message, { field: 'branch' })
    }
    store.transaction('setting', () => store.writeSetting(CLOUD_URL, cloudUrl))
    return { facts, cloudUrl }
  }
  const { facts, cloudMs } = await fetchChainFacts(cloudUrl, given.branchId!, AbortSignal.timeout(10_000))
  store.transaction('setting', () => {
    store.writeSetting(FACTS, JSON.stringify(facts))
    // Before anything is stamped: what a PC that stands in 2099 stamps by itself would be refused for ever.
    noteCloudTime(store, cloudMs)
    store.writeSetting(CLOUD_URL, cloudUrl)
  })
  return { facts, cloudUrl }
}

function normalUrl(text: string | undefined): string {
  if (text === undefined) {
    throw new OutpostError('BAD_CONFIGURATION', 'the address of headquarters (--cloud) is missing', { field: 'cloud' })
  }
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new OutpostError('BAD_CONFIGURATION', `"${text}" is no address; it looks like http://127.0.0.1:7700`, {
      field: 'cloud',
    })
  }
  return text.replace(/\/+$/, '')
}

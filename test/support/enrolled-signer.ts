/** `fetch` as the branch of a folder has it, for tests that ask in its name what its node never would. */
import { join } from 'node:path'
import { createSignedFetch, type SignedFetch } from '../../adapters/access/signed-fetch.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { openBranchIdentity } from '../../local-node/branch-identity.ts'
import { BranchKey } from '../../local-node/branch-key.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { enrolOnce } from '../../scripts/demo/enrol.ts'

/** @param dataDir where no node runs yet; enrolled here where it is no branch */
export async function signedFetchOf(cloud: NodeAddress, id: string, dataDir: string): Promise<SignedFetch> {
  const cloudUrl = cloud.url
  await enrolOnce(cloud, { id, dataDir, cloudUrl })
  const store = new Store({ file: join(dataDir, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  try {
    const { facts } = openBranchIdentity(store, { dataDir })
    const { signer } = await BranchKey.open(store, facts.cloudKey)
    return createSignedFetch({ cloudUrl, signer, fetch })
  } finally {
    store.close()
  }
}

/** A POST as a branch of another make sends it. */
export function postSigned(send: SignedFetch, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return send(path, { method: 'POST', headers, body: JSON.stringify(body), signal: new AbortController().signal })
}

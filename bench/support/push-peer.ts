/** Headquarters' addresses for branches over HTTP, with requests that are signed, or with a guard that believes everybody. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Request } from 'express'
import { CommandToken } from '../../adapters/access/command-token.ts'
import { RequestNonces } from '../../adapters/access/request-nonces.ts'
import { hashBody, keyIdOf } from '../../adapters/access/request-proof.ts'
import { createSignedFetch, type SignedFetch } from '../../adapters/access/signed-fetch.ts'
import { readVerifyingKey } from '../../adapters/exchange/signature.ts'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import { createExchangeClient } from '../../adapters/http/exchange-client.ts'
import { addExchangeRoutes } from '../../adapters/http/exchange-routes.ts'
import { RequestLimits } from '../../adapters/http/request-limits.ts'
import { RouteTable, type Guard } from '../../adapters/http/route-table.ts'
import type { SyncRecorder } from '../../adapters/synclog/sync-recorder.ts'
import { CloudGuard } from '../../cloud-node/cloud-guard.ts'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import type { BranchPrincipal } from '../../schemas/access.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { orders } from '../../schemas/collections/orders.ts'
import type { PushRequest } from '../../schemas/protocol/exchange.ts'
import { BRANCH_ID } from './order-batches.ts'
import { newProofSigner } from './proof-signer.ts'

export interface PushPeer {
  push(documents: PushRequest['documents']): Promise<void>
  close(): Promise<void>
}

const HEAD = { epoch: 'start-of-b1', seq: 0 }
/** The hash of the body, which the branch without a signature tells in the clear. */
const HASH_HEADER = 'x-body-hash'
const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** @param recorder hears of what is exchanged; nobody does without one */
export async function openPushPeer(folder: string, isSigned: boolean, recorder?: SyncRecorder): Promise<PushPeer> {
  const { operations, close } = openStoppedCloud(folder, COLLECTIONS, true)
  const { cloud, access, chain } = operations
  const { store } = cloud.replica
  operations.addBranch({ id: BRANCH_ID, name: BRANCH_ID })
  const audience = await keyIdOf(readVerifyingKey(chain.signing.publicKey))
  const signer = await newProofSigner(audience)
  store.transaction('bench', () => {
    access.keys.enrol(BRANCH_ID, signer.keyId, signer.publicKey)
    cloud.links.hear(BRANCH_ID, { head: HEAD, epochs: [{ epoch: HEAD.epoch, firstSeq: 1 }], beat: 1, host: 'bench' }, 0)
  })
  const guard = isSigned
    ? new CloudGuard({
        ...access,
        audience,
        nonces: new RequestNonces(),
        limits: new RequestLimits(),
        commandToken: new CommandToken(),
      })
    : believing(signer.keyId)
  const app = createApp(log)
  addExchangeRoutes(new RouteTable(app, guard), cloud, operations.exchangeHooks, undefined, recorder)
  addErrorHandling(app, log)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cloudUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const send = isSigned ? createSignedFetch({ cloudUrl, signer: () => signer, fetch }) : unsigned(cloudUrl)
  const client = createExchangeClient(send, 'headquarters')
  const { signal } = new AbortController()
  const standpoint = { head: HEAD, positions: {}, collections: [orders.name] }
  return {
    async push(documents) {
      const { outcomes } = await client.push({ ...standpoint, class: orders.syncClass, documents }, signal)
      const refused = outcomes.find(({ outcome }) => outcome !== 'applied')
      if (refused) throw new Error(`${refused.id}: ${refused.outcome} ${refused.reason ?? ''}`)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      close()
    },
  }
}

function believing(keyId: string): Guard {
  return {
    authenticate(req: Request): Promise<BranchPrincipal> {
      return Promise.resolve({ kind: 'branch', branchId: BRANCH_ID, keyId, bodyHash: req.get(HASH_HEADER) ?? '' })
    },
    isStillAdmitted: () => true,
    countStream: () => nothing,
    noteDone: nothing,
  }
}

function unsigned(cloudUrl: string): SignedFetch {
  return (path, { method, headers, body, signal, onSigned }) => {
    const answer = fetch(`${cloudUrl}${path}`, {
      method,
      headers: { ...headers, [HASH_HEADER]: hashBody(body) },
      ...(body !== undefined && { body }),
      signal,
    })
    onSigned?.()
    return answer
  }
}

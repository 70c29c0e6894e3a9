/** Headquarters' addresses over real HTTP on a store of its own, and branches that speak with it by hand. */
import { createPublicKey } from 'node:crypto'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import type { ExchangeQueue } from '../../adapters/http/exchange-queue.ts'
import { addExchangeRoutes } from '../../adapters/http/exchange-routes.ts'
import { EXCHANGE_PATH } from '../../adapters/http/exchange-path.ts'
import { RequestLimits } from '../../adapters/http/request-limits.ts'
import { RouteTable } from '../../adapters/http/route-table.ts'
import { CommandToken } from '../../adapters/access/command-token.ts'
import { RequestNonces } from '../../adapters/access/request-nonces.ts'
import { hashBody, keyIdOf, proveRequest, type ProofSigner } from '../../adapters/access/request-proof.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { createSignedFetch, type SignedFetch, type SignedInit } from '../../adapters/access/signed-fetch.ts'
import { newSigningKey, readSigningKey, readVerifyingKey } from '../../adapters/exchange/signature.ts'
import { addBranchRoutes } from '../../cloud-node/branch-routes.ts'
import { SyncRecorder } from '../../adapters/synclog/sync-recorder.ts'
import { CloudGuard } from '../../cloud-node/cloud-guard.ts'
import type { CloudOperations } from '../../cloud-node/cloud-operations.ts'
import { addEnrolmentRoutes } from '../../cloud-node/enrolment-routes.ts'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { PROOF_SCHEME } from '../../schemas/protocol/request-proof.ts'
import type { HeartbeatRequest } from '../../schemas/protocol/exchange.ts'
import { temporaryFolder } from './node-process.ts'
import { introduceBranch } from './introduce-branch.ts'
import { serve } from './serve.ts'

/** Its token is that of commands. */
export interface ServedCloud extends NodeAddress {
  readonly operations: CloudOperations
  /** Hears of every request of a branch. */
  readonly recorder: SyncRecorder
  /** What requests of a branch begin with, once it was introduced. */
  introduce(branchId: string): object
  post(branchId: string, name: string, body: unknown, init?: Partial<SignedInit>): Promise<Response>
  /** `fetch` as the branch's node has it. */
  sendAs(branchId: string): SignedFetch
  /** The header `authorization` of a request by hand. */
  authorization(branchId: string, method: string, path: string, body?: string): Promise<string>
  /** What a branch signs with, and the number that headquarters takes now. */
  signerOf(branchId: string): { readonly signer: ProofSigner; readonly nonce: () => string }
  /** Its public key, as somebody may have got hold of it. */
  publicKeyForms(branchId: string): (string | Buffer)[]
  close(): Promise<void>
}

export async function serveCloud(branchIds: readonly string[], queue?: ExchangeQueue): Promise<ServedCloud> {
  const folder = temporaryFolder()
  const { operations, close } = openStoppedCloud(folder.path, COLLECTIONS, true)
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const app = createApp(silent)
  const { access } = operations
  const nonces = new RequestNonces()
  const audience = await keyIdOf(readVerifyingKey(operations.chain.signing.publicKey))
  const limits = new RequestLimits()
  const commandToken = new CommandToken()
  const guard = new CloudGuard({ ...access, audience, nonces, limits, commandToken })
  const routes = new RouteTable(app, guard)
  addEnrolmentRoutes(routes, access, { nonces, limits })
  const recorder = new SyncRecorder(silent)
  addExchangeRoutes(routes, operations.cloud, operations.exchangeHooks, queue, recorder)
  addBranchRoutes(routes, operations.lifecycle)
  const status = { method: 'GET', path: '/api/status', access: 'open', about: 'The status.' } as const
  routes.add(status, () => operations.status())
  addErrorHandling(app, silent)
  const { url, close: closeServer } = await serve(app)
  const signers = new Map<string, ProofSigner>()
  for (const id of branchIds) {
    operations.addBranch({ id, name: id.toUpperCase() })
    const { privateKey, publicKey } = newSigningKey()
    const keyId = await keyIdOf(readVerifyingKey(publicKey))
    operations.cloud.replica.store.transaction('test', () => access.keys.enrol(id, keyId, publicKey))
    signers.set(id, { key: readSigningKey(privateKey), keyId, audience })
  }
  const senders = new Map<string, SignedFetch>()
  const sendAs = (branchId: string): SignedFetch => {
    const signer = () => signers.get(branchId)!
    const made = senders.get(branchId) ?? createSignedFetch({ cloudUrl: url, signer, fetch })
    senders.set(branchId, made)
    return made
  }
  return {
    url,
    token: commandToken.text,
    operations,
    recorder,
    introduce: (branchId) => ({
      ...introduceBranch(operations.cloud, branchId),
      positions: {},
      collections: COLLECTIONS.map(({ name }) => name),
    }),
    post: (branchId, name, body, init = {}) =>
      sendAs(branchId)(`${EXCHANGE_PATH}/${name}`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: new AbortController().signal,
        ...init,
        headers: { 'content-type': 'application/json', ...init.headers },
      }),
    sendAs,
    async authorization(branchId, method, path, body) {
      const request = { method, url: path, bodyHash: hashBody(body), nonce: nonces.current() }
      return `${PROOF_SCHEME} ${await proveRequest(signers.get(branchId)!, request)}`
    },
    signerOf: (branchId) => ({ signer: signers.get(branchId)!, nonce: () => nonces.current() }),
    publicKeyForms(branchId) {
      const key = createPublicKey(signers.get(branchId)!.key)
      const pem = { format: 'pem', type: 'spki' } as const
      const der = { format: 'der', type: 'spki' } as const
      return [key.export(pem).toString(), key.export(der), key.export({ format: 'jwk' }).x!]
    },
    async close() {
      await closeServer()
      close()
      folder.remove()
    },
  }
}

export function heartbeatOf(branchId: string, changed: Partial<HeartbeatRequest> = {}): HeartbeatRequest {
  const epoch = `start-of-${branchId}`
  return {
    protocol: 1,
    version: '0.1.0',
    schemas: Object.fromEntries(COLLECTIONS.map(({ name, schema }) => [name, schema.version])),
    head: { epoch, seq: 0 },
    positions: {},
    collections: COLLECTIONS.map(({ name }) => name),
    host: `pc-${branchId}`,
    beat: 1,
    epochs: [{ epoch, firstSeq: 1 }],
    figures: { backlog: { documents: 0 }, classes: [], exceptions: 0 },
    ...changed,
  }
}

const ignore = () => undefined

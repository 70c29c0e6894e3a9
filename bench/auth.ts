/**
 * What it costs that a branch proves its requests: signing and checking one, and a push of 100 orders with and without.
 * Both pushes go over real HTTP into stores of their own, batch by batch in turn, so that whatever slows a moment down
 * slows both.
 */
import { createPublicKey, sign as signBytes, verify as verifyBytes } from 'node:crypto'
import { RequestNonces } from '../adapters/access/request-nonces.ts'
import { hashBody, proveRequest, verifyRequest } from '../adapters/access/request-proof.ts'
import { PROOF_TYPES } from '../schemas/protocol/request-proof.ts'
import { openPushPeer } from './support/push-peer.ts'
import { newProofSigner } from './support/proof-signer.ts'
import { orderBatches } from './support/order-batches.ts'
import type { Report } from './support/report.ts'
import { runBenchmark } from './support/run-benchmark.ts'
import { median, pairedRatio, percentile, timed } from './support/samples.ts'

export const description =
  'Signing and checking a request, beside the bare signature, and pushes of 100 orders with and without it'

/** As they travel, compressed: what 100 orders take. */
const BODY_BYTES = 6_500
const WARM_UP = 200
const WARM_UP_BATCHES = 5
const AIM_MS = 0.5
const AIM_SHARE = 1.05
const BATCH = 100

/** @param size requests that are proved; a tenth as many orders are pushed with each peer */
await runBenchmark(import.meta.url, 10_000, async ({ size, report, folder, say }) => {
  say(`proving ${size} requests`)
  await measureProofs(size, report)
  const batches = Math.max(10, Math.floor(size / BATCH))
  say(`pushing ${batches} batches of ${BATCH} orders, signed and unsigned in turn`)
  const signed = await openPushPeer(`${folder}/signed`, true)
  const open = await openPushPeer(`${folder}/open`, false)
  const peers = [signed, open]
  const taken = new Map(peers.map((peer) => [peer, [] as number[]]))
  let done = 0
  for (const batch of orderBatches(batches, BATCH)) {
    for (const peer of done % 2 === 0 ? peers : peers.toReversed()) {
      taken.get(peer)!.push(await timed(() => peer.push(batch)))
    }
    done += 1
  }
  for (const peer of peers) await peer.close()
  const [withIt, without] = [taken.get(signed)!.slice(WARM_UP_BATCHES), taken.get(open)!.slice(WARM_UP_BATCHES)]
  report.figure('push of 100 orders, signed, p50', median(withIt), 'ms')
  report.figure('push of 100 orders, unsigned, p50', median(without), 'ms')
  const share = pairedRatio(withIt, without)
  report.ratio('push signed / unsigned', share)
  report.below('push signed / unsigned', AIM_SHARE, share)
})

async function measureProofs(count: number, report: Report): Promise<void> {
  const signer = await newProofSigner()
  const key = createPublicKey(signer.key)
  const nonces = new RequestNonces()
  const body = Buffer.alloc(BODY_BYTES, 7)
  const expected = { type: PROOF_TYPES.request, audience: signer.audience, keyOf: () => key }
  const asked = { method: 'POST', url: '/exchange/v1/push' }
  const [signing, checking, both, bare]: number[][] = [[], [], [], []]
  for (let i = -WARM_UP; i < count; i++) {
    let proof = ''
    const signMs = await timed(async () => {
      proof = await proveRequest(signer, { ...asked, bodyHash: hashBody(body), nonce: nonces.current() })
    })
    const checkMs = await timed(async () => {
      const { claims, keyId } = await verifyRequest(proof, expected, asked)
      nonces.use(claims.nonce, keyId, claims.jti)
      if (claims.bsh !== hashBody(body)) throw new Error('another body')
    })
    const bytes = Buffer.from(proof)
    const bareMs = await timed(() => verifyBytes(null, bytes, key, signBytes(null, bytes, signer.key)))
    if (i < 0) continue
    signing!.push(signMs)
    checking!.push(checkMs)
    both!.push(signMs + checkMs)
    bare!.push(bareMs)
  }
  report.figure('signing, p50', median(signing!), 'ms')
  report.figure('checking, p50', median(checking!), 'ms')
  report.figure('signing and checking, p50', median(both!), 'ms')
  report.figure('signing and checking, p99', percentile(both!, 99), 'ms')
  report.figure('the bare signature and its check on the main thread, p50', median(bare!), 'ms')
  report.below('signing and checking a request, p50', AIM_MS, median(both!))
}

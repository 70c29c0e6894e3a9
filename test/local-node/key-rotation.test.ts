import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyIdOf, sign } from '../../adapters/access/request-proof.ts'
import { createSignedFetch, type SignedFetch } from '../../adapters/access/signed-fetch.ts'
import { readSigningKey, readVerifyingKey } from '../../adapters/exchange/signature.ts'
import { EXCHANGE_PATH } from '../../adapters/http/exchange-path.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { BranchKey, keepEnrolledKey, newKeptKey } from '../../local-node/branch-key.ts'
import { KeyRotation } from '../../local-node/key-rotation.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { PROOF_TYPES, type NewKeyRequest } from '../../schemas/protocol/request-proof.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { heartbeatOf, serveCloud, type ServedCloud } from '../support/served-cloud.ts'

const DAY_MS = 86_400_000
const LIFETIME_MS = 90 * DAY_MS

let folder: { path: string; remove: () => void }
let cloud: ServedCloud
let store: Store
let key: BranchKey
let nowMs: number
/** What comes of the requests of the rotation: `lost` ones reach headquarters, and their answers do not come back. */
let link: 'good' | 'cut' | 'lost'
let beats: number

beforeEach(async () => {
  folder = temporaryFolder()
  cloud = await serveCloud(['b1'])
  store = new Store({ file: join(folder.path, 'branch.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  const kept = newKeptKey(0)
  const keyId = await keyIdOf(readVerifyingKey(kept.publicKey))
  enrol(keyId, kept.publicKey)
  store.transaction('test', () => keepEnrolledKey(store, kept))
  key = await open()
  nowMs = 0
  link = 'good'
  beats = 0
})

afterEach(async () => {
  store.close()
  await cloud.close()
  folder.remove()
})

const enrol = (keyId: string, publicKey: string) =>
  cloud.operations.cloud.replica.store.transaction('test', () => {
    cloud.operations.access.keys.enrol('b1', keyId, publicKey)
  })

/** As a start of the node does. */
const open = () => BranchKey.open(store, cloud.operations.chain.signing.publicKey)

const send: SignedFetch = async (path, init) => {
  const signed = createSignedFetch({ cloudUrl: cloud.url, signer: key.signer, fetch })
  if (link === 'cut') throw new Error('cut')
  const answer = await signed(path, init)
  if (link === 'lost') throw new Error('the answer was lost')
  return answer
}

async function rotate(): Promise<void> {
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const rotation = new KeyRotation({ key, send, nowMs: () => nowMs, log })
  rotation.afterCycle('good')
  await rotation.settled()
}

async function heartbeat(): Promise<{ status: number; code?: string }> {
  beats += 1
  const body = JSON.stringify(heartbeatOf('b1', { beat: beats }))
  const headers = { 'content-type': 'application/json' }
  const signal = new AbortController().signal
  const answer = await send(`${EXCHANGE_PATH}/heartbeat`, { method: 'POST', headers, body, signal })
  return { status: answer.status, ...((await answer.json()) as { code?: string }) }
}

/** Of those that are not the ones of other PCs. */
const states = () => {
  const all = cloud.operations.access.keys.list('b1').map(({ state }) => state)
  return all.filter((state) => state !== 'revoked')
}

describe('the key of a branch', () => {
  it('is left alone until it is old', async () => {
    nowMs = LIFETIME_MS
    const before = key.keyId
    await rotate()
    expect([key.keyId, states()]).toEqual([before, ['current']])
  })

  it('is changed when it is old; the one before is good for a while, and what follows is signed with the new one', async () => {
    nowMs = LIFETIME_MS + 1
    const before = key.keyId
    await rotate()
    expect(key.keyId).not.toBe(before)
    expect(states()).toEqual(['current', 'earlier'])
    expect(await heartbeat()).toMatchObject({ status: 200 })
    key = await open()
    expect(key.keyId).not.toBe(before)
    expect(await heartbeat()).toMatchObject({ status: 200 })
  })

  it('stays while headquarters cannot be reached, and the next try offers the same new one, after a restart too', async () => {
    nowMs = LIFETIME_MS + 1
    const before = key.keyId
    link = 'cut'
    await rotate()
    expect(key.keyId).toBe(before)
    const offered = await key.proposal(nowMs)
    key = await open()
    expect((await key.proposal(nowMs))!.publicKey).toBe(offered!.publicKey)
  })

  it('is changed once, however often the answer is lost', async () => {
    nowMs = LIFETIME_MS + 1
    link = 'lost'
    await rotate()
    await rotate()
    expect(states()).toEqual(['current', 'earlier'])
    link = 'good'
    expect(await heartbeat()).toMatchObject({ status: 200 })
    await rotate()
    expect(states()).toEqual(['current', 'earlier'])
    expect(await heartbeat()).toMatchObject({ status: 200 })
  })

  it('is found back where headquarters has lost the newest one, and offered to it again', async () => {
    nowMs = LIFETIME_MS + 1
    await rotate()
    const newest = key.keyId
    takeBack(newest)
    expect(await heartbeat()).toMatchObject({ status: 401, code: 'KEY_UNKNOWN' })
    expect(key.fallBack()).toBe(true)
    expect(await heartbeat()).toMatchObject({ status: 200 })
    await rotate()
    expect(key.keyId).toBe(newest)
    expect(await heartbeat()).toMatchObject({ status: 200 })
    expect(key.isDue(nowMs)).toBe(false)
  })

  it('is the one that headquarters was offered where the answer was lost for longer than the earlier one lives', async () => {
    nowMs = LIFETIME_MS + 1
    link = 'lost'
    await rotate()
    link = 'good'
    const offered = cloud.operations.access.keys.list('b1').find(({ state }) => state === 'current')!.keyId
    forgetAllBut(offered)
    key = await open()
    expect(await heartbeat()).toMatchObject({ status: 401, code: 'KEY_UNKNOWN' })
    expect(key.fallBack()).toBe(true)
    expect(await heartbeat()).toMatchObject({ status: 200 })
    await rotate()
    key = await open()
    expect([key.keyId, await heartbeat()]).toMatchObject([offered, { status: 200 }])
  })

  it('is tried again as it is where headquarters knows neither', async () => {
    expect(key.fallBack()).toBe(false)
    nowMs = LIFETIME_MS + 1
    await rotate()
    const newest = key.keyId
    expect([key.fallBack(), key.fallBack(), key.keyId]).toEqual([true, false, newest])
  })

  it('is changed again soon after a time was told that lay far ahead', async () => {
    nowMs = Date.UTC(2099, 0)
    await rotate()
    nowMs = Date.UTC(2026, 0)
    expect(key.isDue(nowMs)).toBe(true)
  })

  it('is changed once a day at most, whatever a PC asks', async () => {
    const { enrolment, keys } = cloud.operations.access
    const present = key.keyId
    nowMs = LIFETIME_MS + 1
    await rotate()
    const proposal = await proposalOf(present)
    await expect(enrolment.rotate('b1', present, proposal)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
    expect(keys.list('b1').filter(({ state }) => state !== 'revoked')).toHaveLength(2)
  })
})

/** The earlier key has come to its end. */
function forgetAllBut(keyId: string): void {
  const { replica } = cloud.operations.cloud
  replica.store.transaction('test', () => {
    replica.store.prepare('DELETE FROM request_key WHERE key_id <> ?').run(keyId)
    cloud.operations.access.keys.revoke('a branch without keys')
  })
}

/** What a PC asks that makes a key by itself. */
async function proposalOf(presentKeyId: string): Promise<NewKeyRequest> {
  const { privateKey, publicKey } = newKeptKey(0)
  const keyId = await keyIdOf(readVerifyingKey(publicKey))
  const signer = { key: readSigningKey(privateKey), keyId, audience: presentKeyId }
  return { publicKey, proof: await sign(signer, PROOF_TYPES.newKey, {}) }
}

/** Headquarters was restored from a backup of before it heard of this key. */
function takeBack(keyId: string): void {
  const { replica } = cloud.operations.cloud
  replica.store.transaction('test', () => {
    replica.store.prepare('DELETE FROM request_key WHERE key_id = ?').run(keyId)
    replica.store.prepare('UPDATE request_key SET ends_at = NULL').run()
    // Whatever changes a key makes headquarters look all of them up again.
    cloud.operations.access.keys.revoke('a branch without keys')
  })
}

function ignore(): void {}

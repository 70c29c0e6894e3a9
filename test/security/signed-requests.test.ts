import { createHmac, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { CompactSign } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RequestNonces } from '../../adapters/access/request-nonces.ts'
import { hashBody, keyIdOf, proveRequest, sign, type ProofSigner } from '../../adapters/access/request-proof.ts'
import { newSigningKey, readSigningKey, readVerifyingKey } from '../../adapters/exchange/signature.ts'
import { EXCHANGE_PATH } from '../../adapters/http/exchange-path.ts'
import { NONCE_HEADER, PROOF_SCHEME, PROOF_TYPES } from '../../schemas/protocol/request-proof.ts'
import { heartbeatOf, serveCloud, type ServedCloud } from '../support/served-cloud.ts'

const PATH = `${EXCHANGE_PATH}/heartbeat`
const BODY = JSON.stringify(heartbeatOf('b1'))
const TYPE = { 'content-type': 'application/json' }

let cloud: ServedCloud

beforeEach(async () => {
  cloud = await serveCloud(['b1', 'b2'])
})

afterEach(() => cloud.close())

async function send(authorization: string, { path = PATH, body = BODY } = {}) {
  const headers = { ...TYPE, authorization }
  const response = await fetch(`${cloud.url}${path}`, { method: 'POST', headers, body })
  return { status: response.status, headers: response.headers, ...((await response.json()) as { code?: string }) }
}

const signed = (path = PATH, body = BODY) => cloud.authorization('b1', 'POST', path, body)

/** A branch's signer, and the number to sign over, as the branch itself would have them. */
function parts(): { signer: ProofSigner; nonce: string } {
  const { signer, nonce } = cloud.signerOf('b1')
  return { signer, nonce: nonce() }
}

const claims = (nonce: string) => ({
  htm: 'POST',
  htu: PATH,
  bsh: hashBody(BODY),
  jti: randomBytes(16).toString('base64url'),
  nonce,
})

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

describe('a request of a branch', () => {
  it('is taken once, and refused when it comes again', async () => {
    const authorization = await signed()
    expect(await send(authorization)).toMatchObject({ status: 200 })
    expect(await send(authorization)).toMatchObject({ status: 401, code: 'REPLAYED' })
  })

  it('is refused with another body than the one that was signed, also where both are well formed', async () => {
    const other = JSON.stringify(heartbeatOf('b1', { host: 'another' }))
    expect(await send(await signed(), { body: other })).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
      field: 'body',
    })
    expect(cloud.operations.registry.contact('b1')).toBe(undefined)
  })

  it('is refused at another address than the one that was signed, a query included', async () => {
    const refusal = { status: 401, code: 'UNAUTHENTICATED', message: 'another address was signed' }
    expect(await send(await signed(`${EXCHANGE_PATH}/push`))).toMatchObject(refusal)
    expect(await send(await signed(), { path: `${PATH}?as=b2` })).toMatchObject(refusal)
  })

  it('is refused with another method than the one that was signed', async () => {
    const authorization = await cloud.authorization('b1', 'GET', PATH, BODY)
    expect(await send(authorization)).toMatchObject({ status: 401, message: 'another method was signed' })
  })

  it('is refused without a signature, though its header says that none is needed (alg: none)', async () => {
    const { signer, nonce } = parts()
    const header = { alg: 'none', typ: PROOF_TYPES.request, kid: signer.keyId }
    const unsigned = `${segment(header)}.${segment({ ...claims(nonce), aud: signer.audience })}.`
    expect(await send(`${PROOF_SCHEME} ${unsigned}`)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('is refused where the public key was taken for a shared secret (key confusion)', async () => {
    const { signer, nonce } = parts()
    const header = segment({ alg: 'HS256', typ: PROOF_TYPES.request, kid: signer.keyId })
    const payload = segment({ ...claims(nonce), aud: signer.audience })
    for (const secret of cloud.publicKeyForms('b1')) {
      const mac = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url')
      const refused = await send(`${PROOF_SCHEME} ${header}.${payload}.${mac}`)
      expect(refused).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
    }
  })

  it('is refused where it is for another headquarters', async () => {
    const { signer, nonce } = parts()
    const { publicKey } = newSigningKey()
    const elsewhere = { ...signer, audience: await keyIdOf(readVerifyingKey(publicKey)) }
    const proof = await proveRequest(elsewhere, { method: 'POST', url: PATH, bodyHash: hashBody(BODY), nonce })
    expect(await send(`${PROOF_SCHEME} ${proof}`)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('is refused where what was signed was made for another purpose', async () => {
    const { signer, nonce } = parts()
    const proof = await sign(signer, PROOF_TYPES.newKey, claims(nonce))
    expect(await send(`${PROOF_SCHEME} ${proof}`)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('is refused where its header names extensions that nobody here knows', async () => {
    const { signer, nonce } = parts()
    const payload = Buffer.from(JSON.stringify({ ...claims(nonce), aud: signer.audience }))
    const header = { alg: 'EdDSA', typ: PROOF_TYPES.request, kid: signer.keyId, crit: ['urgent'], urgent: true }
    const signing = new CompactSign(payload).setProtectedHeader(header)
    const proof = await signing.sign(signer.key, { crit: { urgent: true } })
    expect(await send(`${PROOF_SCHEME} ${proof}`)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('is refused with a key that headquarters does not know, and with the name of another branch', async () => {
    const { signer, nonce } = parts()
    const { privateKey, publicKey } = newSigningKey()
    const own = { key: readSigningKey(privateKey), keyId: await keyIdOf(readVerifyingKey(publicKey)) }
    const request = { method: 'POST', url: PATH, bodyHash: hashBody(BODY), nonce }
    const unknown = await proveRequest({ ...own, audience: signer.audience }, request)
    expect(await send(`${PROOF_SCHEME} ${unknown}`)).toMatchObject({ status: 401, code: 'KEY_UNKNOWN' })
    const { keyId } = cloud.signerOf('b2').signer
    const asOther = await proveRequest({ key: own.key, audience: signer.audience, keyId }, request)
    expect(await send(`${PROOF_SCHEME} ${asOther}`)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
  })

  it('is refused over a number that is none of the last two minutes, and told another one', async () => {
    const { signer } = parts()
    const request = { method: 'POST', url: PATH, bodyHash: hashBody(BODY), nonce: new RequestNonces().current() }
    const refused = await send(`${PROOF_SCHEME} ${await proveRequest(signer, request)}`)
    expect(refused).toMatchObject({ status: 401, code: 'NONCE_NEEDED' })
    const fresh = { ...request, nonce: refused.headers.get(NONCE_HEADER)! }
    expect(await send(`${PROOF_SCHEME} ${await proveRequest(signer, fresh)}`)).toMatchObject({ status: 200 })
  })

  it('is signed again by the branch itself, so that a number it has never heard costs one more request', async () => {
    const answer = await cloud.post('b1', 'heartbeat', heartbeatOf('b1'))
    expect(answer.status).toBe(200)
  })
})

describe('a branch that is shut out', () => {
  it('is refused at once, with what waited before too, and hears nothing more on an open stream', async () => {
    expect(await send(await signed())).toMatchObject({ status: 200 })
    const stream = await openNudges()
    cloud.operations.access.enrolment.revoke('b1', false)
    expect(await send(await signed())).toMatchObject({ status: 403, code: 'REVOKED' })
    cloud.operations.write('products', { id: 'p1', name: 'Tea', price: 500, currency: 'CNY' })
    expect((await stream.ended).match(/data:/g)).toHaveLength(1)
  })

  it('comes back with a code and another key, and the old one stays out', async () => {
    const old = await signed()
    cloud.operations.access.enrolment.revoke('b1', false)
    expect(await send(old)).toMatchObject({ status: 403, code: 'REVOKED' })
    const { privateKey, publicKey } = newSigningKey()
    const key = readVerifyingKey(publicKey)
    const keyId = await keyIdOf(key)
    const { store } = cloud.operations.cloud.replica
    store.transaction('test', () => cloud.operations.access.keys.enrol('b1', keyId, publicKey))
    const { signer, nonce } = cloud.signerOf('b1')
    const fresh = { key: readSigningKey(privateKey), keyId, audience: signer.audience }
    const request = { method: 'POST', url: PATH, bodyHash: hashBody(BODY), nonce: nonce() }
    expect(await send(`${PROOF_SCHEME} ${await proveRequest(fresh, request)}`)).toMatchObject({ status: 200 })
    expect(await send(await signed())).toMatchObject({ status: 403, code: 'REVOKED' })
  })

  async function openNudges(): Promise<{ ended: Promise<string> }> {
    const path = `${EXCHANGE_PATH}/nudges`
    const authorization = await cloud.authorization('b1', 'GET', path)
    let text = ''
    return new Promise((resolve, reject) => {
      const asked = request(`${cloud.url}${path}`, { headers: { authorization } }, (response) => {
        const ended = new Promise<string>((end) => response.once('close', () => end(text)))
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
          if (text.includes('data:')) resolve({ ended })
        })
      })
      asked.once('error', reject)
      asked.end()
    })
  }
})

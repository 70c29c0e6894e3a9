import { createHmac, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { CompactSign } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { newSigningKey, readSigningKey, readVerifyingKey } from '../../../adapters/exchange/signature.ts'
import { makeTimeStatement, verifyTimeStatement } from '../../../adapters/tls/time-statement.ts'

const CHALLENGE = 'c'.repeat(43)
const STATEMENT = { challenge: CHALLENGE, timeMs: 1_795_305_600_000, certificates: ['h'.repeat(43)] }
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
let key: KeyObject
let publicKey: KeyObject

beforeEach(() => {
  const pair = newSigningKey()
  key = readSigningKey(pair.privateKey)
  publicKey = readVerifyingKey(pair.publicKey)
})

const verify = (text: string) => verifyTimeStatement(text, CHALLENGE, publicKey)
const signed = (payload: unknown, header: object = {}, by = key) =>
  new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'outpost-time+jwt', ...header })
    .sign(by)

describe('a statement of the time', () => {
  it('is what headquarters signed', async () => {
    expect(await verify(await makeTimeStatement(STATEMENT, key))).toEqual(STATEMENT)
  })

  it('is refused when it answers another challenge', async () => {
    await expect(verify(await signed({ ...STATEMENT, challenge: 'd'.repeat(43) }))).rejects.toThrow('another challenge')
  })

  it('is refused when another key signed it', async () => {
    const other = readSigningKey(newSigningKey().privateKey)
    await expect(verify(await makeTimeStatement(STATEMENT, other))).rejects.toThrow('signature')
  })

  it('is refused when it was changed afterwards', async () => {
    const [header, , signature] = (await makeTimeStatement(STATEMENT, key)).split('.')
    await expect(verify(`${header}.${encode({ ...STATEMENT, timeMs: 1 })}.${signature}`)).rejects.toThrow('signature')
  })

  it('is refused when something else of the same key is shown as one', async () => {
    await expect(verify(await signed(STATEMENT, { typ: 'outpost-request+jwt' }))).rejects.toThrow('no statement')
    await expect(verify(await signed(STATEMENT, { typ: undefined }))).rejects.toThrow('no statement')
  })

  it('is refused without a signature', async () => {
    const header = encode({ alg: 'none', typ: 'outpost-time+jwt' })
    await expect(verify(`${header}.${encode(STATEMENT)}.`)).rejects.toThrow()
  })

  it('is refused when the public key was used as a secret', async () => {
    const secret = publicKey.export({ format: 'der', type: 'spki' })
    const content = `${encode({ alg: 'HS256', typ: 'outpost-time+jwt' })}.${encode(STATEMENT)}`
    const mac = createHmac('sha256', secret).update(content).digest('base64url')
    await expect(verify(`${content}.${mac}`)).rejects.toThrow('alg')
  })

  it('is refused when it brings its own key', async () => {
    const other = createPrivateKey({
      key: Buffer.from(newSigningKey().privateKey, 'base64url'),
      format: 'der',
      type: 'pkcs8',
    })
    const jwk = createPublicKey(other).export({ format: 'jwk' })
    await expect(verify(await signed(STATEMENT, { jwk }, other))).rejects.toThrow('signature')
  })

  it.each([
    { ...STATEMENT, timeMs: 'now' },
    { ...STATEMENT, timeMs: -1 },
    { ...STATEMENT, certificates: ['short'] },
    { ...STATEMENT, certificates: Array.from({ length: 33 }, () => 'h'.repeat(43)) },
    [],
  ])('is refused when it is not of its form: %j', async (payload) => {
    await expect(verify(await signed(payload))).rejects.toThrow()
  })
})

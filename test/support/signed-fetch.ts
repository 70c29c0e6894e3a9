/** `fetch` as a branch's node has it, for servers of tests that look at no signature. */
import { keyIdOf } from '../../adapters/access/request-proof.ts'
import { createSignedFetch, type SignedFetch } from '../../adapters/access/signed-fetch.ts'
import { newSigningKey, readSigningKey, readVerifyingKey } from '../../adapters/exchange/signature.ts'
import { createExchangeClient, type HttpExchangeClient } from '../../adapters/http/exchange-client.ts'
import { createCloudFetch } from '../../adapters/tls/cloud-fetch.ts'

const { privateKey, publicKey } = newSigningKey()
const keyId = await keyIdOf(readVerifyingKey(publicKey))
const signer = { key: readSigningKey(privateKey), keyId, audience: 'headquarters' }

/** The server's end closes its connections. */
export function signedFetchTo(cloudUrl: string): SignedFetch {
  const { fetch } = createCloudFetch({ cloudUrl, log: SILENT })
  return createSignedFetch({ cloudUrl, signer: () => signer, fetch })
}

export function exchangeClientTo(cloudUrl: string): HttpExchangeClient {
  return createExchangeClient(signedFetchTo(cloudUrl), new URL(cloudUrl).host)
}

const ignore = () => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** `fetch` for a branch: each request is signed, and signed again where headquarters wants it over another number. */
import { NONCE_HEADER, PROOF_SCHEME, PROOF_TYPES } from '../../schemas/protocol/request-proof.ts'
import { hashBody, proveRequest, type ProofSigner, type ProofType } from './request-proof.ts'

export interface SignedInit {
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer> | string
  readonly signal: AbortSignal
  /** Called when it is signed and handed to the socket. */
  readonly onSigned?: () => void
}

/** @param path with its query, from headquarters' address on */
export type SignedFetch = (path: string, init: SignedInit) => Promise<Response>

export interface SignedFetchOptions {
  /** Without a slash at the end. */
  readonly cloudUrl: string
  /** With which it signs now; asked for each request, since keys are changed. */
  readonly signer: () => ProofSigner
  readonly type?: ProofType
  readonly fetch: typeof fetch
}

/** Of a first request: headquarters gives another one. */
const NO_NONCE = 'no number known yet'

export function createSignedFetch({
  cloudUrl,
  signer,
  type = PROOF_TYPES.request,
  fetch,
}: SignedFetchOptions): SignedFetch {
  let nonce = NO_NONCE
  return async (path, { method, headers, body, signal, onSigned }) => {
    const bodyHash = hashBody(body)
    const send = async () => {
      const signedOver = nonce
      const proof = await proveRequest(signer(), { method, url: path, bodyHash, nonce: signedOver }, type)
      const answering = fetch(`${cloudUrl}${path}`, {
        method,
        headers: { ...headers, authorization: `${PROOF_SCHEME} ${proof}` },
        ...(body !== undefined && { body }),
        redirect: 'error',
        signal,
      })
      onSigned?.()
      const response = await answering
      const told = response.headers.get(NONCE_HEADER)
      if (told !== null) nonce = told
      // Another request may have heard of it while this one was on its way.
      return { response, isNew: told !== null && told !== signedOver }
    }
    const first = await send()
    if (first.response.status !== 401 || !first.isNew) return first.response
    await first.response.body?.cancel()
    return (await send()).response
  }
}

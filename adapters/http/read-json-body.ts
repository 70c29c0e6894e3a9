/**
 * Reads the body of a request, inflated, for addresses that must know what is in memory: every byte is counted when it
 * is there, and a body that inflates beyond the limit is given up at the limit.
 */
import { createHash } from 'node:crypto'
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Request } from 'express'
import type { Principal } from '../../schemas/access.ts'
import { excessOf, type JsonExcess, type JsonLimits } from '../../schemas/json-limits.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { scanJson } from './scan-json.ts'

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  br: createBrotliDecompress,
  deflate: createInflate,
}

/** Who sends nothing of a body for so long has gone, ms: what is kept for the rest of it is others'. */
const SILENCE_MS = 30_000

/** No document needs more, and no batch that fits into a body. */
const LIMITS: JsonLimits = { levels: 64, values: 500_000, length: 2 ** 20 }

/** Whatever stands in so few is parsed within some ten ms. */
const HARMLESS_BYTES = 256 * 1024

export interface BodyReading {
  /** Bytes after inflation. */
  readonly limit: number
  /** One that is signed is compared with what was signed. */
  readonly principal: Principal
  /** Hears of bytes as they come; what it throws ends the reading. */
  readonly onBytes?: (bytes: number) => void
}

/**
 * @returns `undefined` where the client has gone
 * @throws OutpostError BODY_TOO_LARGE, BAD_REQUEST, UNAUTHENTICATED where it is not the body that was signed
 */
export async function readBody(req: Request, { limit, principal, onBytes }: BodyReading): Promise<Buffer | undefined> {
  // Nothing is heard of one that has gone already.
  if (req.destroyed && !req.complete) return undefined
  const encoding = contentEncoding(req)
  if (req.get('content-length') !== '0' && req.is('application/json') === false) {
    throw new OutpostError('BAD_REQUEST', 'the body must be application/json', { field: 'content-type' })
  }
  if (Number(req.get('content-length') ?? 0) > limit) throw tooLarge(limit)
  const decoder = encoding === 'identity' ? undefined : DECODERS[encoding]!()
  const source = decoder ? req.pipe(decoder) : req
  const chunks: Buffer[] = []
  const signed = principal.kind === 'branch' ? { bodyHash: principal.bodyHash, hash: createHash('sha256') } : undefined
  let length = 0
  return new Promise((resolve, reject) => {
    const silence = setTimeout(() => req.destroy(), SILENCE_MS)
    const heard = (chunk: Buffer) => {
      silence.refresh()
      signed?.hash.update(chunk)
    }
    const end = () => {
      clearTimeout(silence)
      req.off('data', heard)
      source.removeAllListeners('data')
      req.off('close', onClose)
      if (decoder) req.unpipe(decoder)
      decoder?.destroy()
      // What still comes is dropped, so that the answer can be read by whoever is still sending.
      req.resume()
    }
    const fail = (error: unknown) => {
      end()
      reject(error)
    }
    const onClose = () => {
      if (req.complete) return
      end()
      resolve(undefined)
    }
    source.on('data', (chunk: Buffer) => {
      try {
        length += chunk.length
        if (length > limit) throw tooLarge(limit)
        onBytes?.(chunk.length)
        chunks.push(chunk)
      } catch (error) {
        fail(error)
      }
    })
    source.once('end', () => {
      end()
      if (signed && signed.hash.digest('base64url') !== signed.bodyHash) {
        reject(new OutpostError('UNAUTHENTICATED', 'the body is not the one that was signed', { field: 'body' }))
        return
      }
      resolve(Buffer.concat(chunks, length))
    })
    req.on('data', heard)
    req.once('close', onClose)
    decoder?.once('error', () => fail(new OutpostError('BAD_REQUEST', `the body is not in ${encoding}`)))
  })
}

/** @throws OutpostError BAD_REQUEST; BODY_TOO_LARGE for more than fewer documents would be: whoever sends many halves them */
export function parseJson(bytes: Buffer): unknown {
  const seen = bytes.length > HARMLESS_BYTES ? scanJson(bytes, LIMITS) : undefined
  if (seen !== undefined) throw EXCESSES[seen]()
  let body: unknown
  try {
    // What is no UTF-8 would otherwise be replaced, and stored so.
    body = JSON.parse(UTF_8.decode(bytes))
  } catch {
    throw new OutpostError('BAD_REQUEST', 'the body is no JSON in UTF-8')
  }
  const excess = excessOf(body, LIMITS)
  if (excess !== undefined) throw EXCESSES[excess]()
  return body
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

const EXCESSES: Readonly<Record<JsonExcess, () => OutpostError>> = {
  levels: () => new OutpostError('BAD_REQUEST', `the body is nested deeper than ${LIMITS.levels} levels`),
  values: () => new OutpostError('BODY_TOO_LARGE', `the body holds more than ${LIMITS.values} values`),
  length: () => new OutpostError('BODY_TOO_LARGE', `a string of the body is longer than ${LIMITS.length} characters`),
  names: () => new OutpostError('BAD_REQUEST', 'the body has a field that no JSON for a node may have'),
}

/** How many bytes a body may have once it is inflated, before anything of it is read; JSON rarely shrinks further. */
export function estimateBody(req: Request, limit: number): number {
  const length = Number(req.get('content-length') ?? UNTOLD_LENGTH)
  return Math.min(limit, length * (contentEncoding(req) === 'identity' ? 1 : INFLATION))
}

const INFLATION = 8
/** Of a body whose length was not told. */
const UNTOLD_LENGTH = 256 * 1024

function contentEncoding(req: Request): string {
  const encoding = (req.get('content-encoding') ?? 'identity').toLowerCase()
  if (encoding === 'identity' || Object.hasOwn(DECODERS, encoding)) return encoding
  throw new OutpostError('BAD_REQUEST', `bodies come in gzip, br or deflate, not "${encoding.slice(0, 40)}"`, {
    field: 'content-encoding',
  })
}

function tooLarge(limit: number): OutpostError {
  return new OutpostError('BODY_TOO_LARGE', `the body is larger than ${limit / 2 ** 20} MiB`)
}

/**
 * The body of a request, compressed where that pays. Brotli at quality 3: 100 orders of 66 kB take 0.7 ms and 6.5 kB;
 * gzip at its fastest 0.8 ms and 8.2 kB.
 */
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import { EXCHANGE_LIMITS } from './exchange-limits.ts'

const compress = promisify(brotliCompress)
const QUALITY = 3

export interface RequestBody {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

/** Off the main thread. */
export async function compressRequest(text: string): Promise<RequestBody> {
  const plain = Buffer.from(text)
  if (plain.length < EXCHANGE_LIMITS.compressFromBytes) return { bytes: plain, headers: {} }
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length }
  return { bytes: await compress(plain, { params }), headers: { 'content-encoding': 'br' } }
}

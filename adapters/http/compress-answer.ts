/**
 * Answers, compressed where that saves a packet and the client can read it. Off the event loop, so that a large
 * page delays nobody else. ADR 0033 says why these settings.
 */
import { constants, brotliCompress, gzip } from 'node:zlib'
import type { Request, RequestHandler, Response } from 'express'

/** What is smaller travels in one packet anyway; bytes. */
const WORTH_IT = 1024
const BROTLI_QUALITY = 1
const GZIP_LEVEL = 1

/** Makes every `res.json` of the app one of these answers. */
export const compressJson: RequestHandler = (req, res, next) => {
  res.json = (body: unknown) => {
    sendJson(req, res, JSON.stringify(body) ?? '')
    return res
  }
  next()
}

export function sendJson(req: Request, res: Response, text: string): void {
  sendText(req, res, 'application/json; charset=utf-8', text)
}

export function sendText(req: Request, res: Response, contentType: string, text: string): void {
  const plain = Buffer.from(text)
  res.setHeader('content-type', contentType)
  res.vary('accept-encoding')
  // One by one: of several, the client's order would count.
  const encoding = plain.length >= WORTH_IT && (req.acceptsEncodings('br') || req.acceptsEncodings('gzip'))
  const send = (encoded: Buffer | undefined) => {
    if (encoded) res.setHeader('content-encoding', encoding as string)
    const bytes = encoded ?? plain
    res.setHeader('content-length', bytes.length)
    res.end(bytes)
  }
  if (encoding === false) return send(undefined)
  // Uncompressed is as good an answer.
  const done = (error: Error | null, encoded: Buffer) => send(error ? undefined : encoded)
  if (encoding === 'gzip') gzip(plain, { level: GZIP_LEVEL }, done)
  else brotliCompress(plain, { params: brotliParams(plain.length) }, done)
}

function brotliParams(length: number): Record<number, number> {
  return { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: length }
}

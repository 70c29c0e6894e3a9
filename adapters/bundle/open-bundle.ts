/**
 * Opens a bundle in two passes: the whole file is copied beside the store and its signature checked, so that nothing of
 * it is used before all of it was, and the stick may be taken out. Then the copy is read frame by frame.
 */
import { createHash, randomBytes, verify, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Decrypter } from 'age-encryption'
import type { z } from 'zod'
import { canonicalJson } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { BUNDLE_FORMAT, bundleHeaderSchema, type BundleHeader } from '../../schemas/protocol/bundle.ts'
import { readVerifyingKey } from '../exchange/signature.ts'
import { toFileError } from '../sqlite/file-error.ts'
import { signedBytes } from './write-bundle.ts'

const SIGNATURE_BYTES = 64
const CHUNK_BYTES = 2 ** 18
/** Of both lines before the frames. */
const MAX_HEADER_BYTES = 4096
/** One frame is one message, and no node takes a larger one over the link. */
const MAX_FRAME_BYTES = 64 * 2 ** 20

const COPY = /^bundle-[0-9a-f]+\.incoming$/

export interface OpenedBundle {
  readonly header: BundleHeader
  /** The frames behind the first, which is checked and handed to `start`; the last one is left out too. */
  frames<Frame extends { readonly frame: string }>(
    schema: z.ZodType<Frame>,
    identity: string,
    start?: (frame: Extract<Frame, { frame: 'start' }>) => void,
  ): AsyncGenerator<Frame>
  close(): Promise<void>
}

/**
 * @param folder of the node; what an earlier process has left of a bundle there is removed
 * @throws OutpostError BUNDLE_INVALID; nothing of the bundle was used then
 */
export async function openBundle(file: string, folder: string): Promise<OpenedBundle> {
  for (const name of await readdir(folder)) if (COPY.test(name)) await rm(join(folder, name), { force: true })
  const copy = join(folder, `bundle-${randomBytes(6).toString('hex')}.incoming`)
  const close = () => rm(copy, { force: true })
  const source = await open(file, 'r').catch((cause: unknown) => {
    throw toFileError(cause) ?? cause
  })
  try {
    const { header, begin, end } = await copyChecked(source, file, copy)
    return {
      header,
      frames: (schema, identity, start) => readFrames({ file, copy, header, begin, end }, schema, identity, start),
      close,
    }
  } catch (error) {
    await close()
    // A read that fails names no path.
    if ((error as { syscall?: unknown }).syscall === 'read') throw invalid(file, 'the disk that it is on fails', error)
    throw toFileError(error) ?? error
  } finally {
    await source.close()
  }
}

/** @returns the header, and where the frames begin and end */
async function copyChecked(
  source: FileHandle,
  file: string,
  copy: string,
): Promise<{ header: BundleHeader; begin: number; end: number }> {
  const { size } = await source.stat()
  const end = size - SIGNATURE_BYTES
  const opening = Buffer.alloc(Math.max(0, Math.min(MAX_HEADER_BYTES, end)))
  await readFully(source, opening, 0)
  const { header, begin } = readHeader(opening, file)
  const hash = createHash('sha512')
  const target = await open(copy, 'wx', 0o600)
  try {
    await copyHashed(source, target, hash, end)
  } finally {
    await target.close()
  }
  const signature = Buffer.alloc(SIGNATURE_BYTES)
  await readFully(source, signature, end)
  if (!isSignedBy(header.signer, hash.digest(), signature)) throw invalid(file, 'its signature does not fit')
  return { header, begin, end }
}

async function copyHashed(source: FileHandle, target: FileHandle, hash: Hash, end: number): Promise<void> {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  for (let at = 0; at < end;) {
    const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, end - at), at)
    if (bytesRead === 0) return // cut off meanwhile: the signature will not fit
    const read = chunk.subarray(0, bytesRead)
    hash.update(read)
    await target.appendFile(read)
    at += bytesRead
  }
}

async function readFully(source: FileHandle, into: Buffer, at: number): Promise<void> {
  for (let filled = 0; filled < into.length;) {
    const { bytesRead } = await source.read(into, filled, into.length - filled, at + filled)
    if (bytesRead === 0) return
    filled += bytesRead
  }
}

function readHeader(opening: Buffer, file: string): { header: BundleHeader; begin: number } {
  const firstEnd = opening.indexOf('\n')
  const begin = opening.indexOf('\n', firstEnd + 1) + 1
  if (firstEnd < 0 || opening.toString('utf8', 0, firstEnd) !== BUNDLE_FORMAT || begin === 0) {
    throw invalid(file, 'it is no bundle that this version of Outpost reads')
  }
  const header = bundleHeaderSchema.safeParse(parseJson(opening.toString('utf8', firstEnd + 1, begin - 1)))
  if (!header.success) throw invalid(file, 'its header is damaged')
  return { header: header.data, begin }
}

function isSignedBy(signer: string, hash: Buffer, signature: Buffer): boolean {
  try {
    const key = readVerifyingKey(signer)
    return key.asymmetricKeyType === 'ed25519' && verify(null, signedBytes(hash), key, signature)
  } catch {
    return false // no key
  }
}

async function* readFrames<Frame extends { readonly frame: string }>(
  bundle: { file: string; copy: string; header: BundleHeader; begin: number; end: number },
  schema: z.ZodType<Frame>,
  identity: string,
  onStart?: (frame: Extract<Frame, { frame: 'start' }>) => void,
): AsyncGenerator<Frame> {
  const { file, header } = bundle
  let isFirst = true
  for await (const line of linesOf(bundle, identity)) {
    const parsed = schema.safeParse(parseJson(line.toString()))
    if (!parsed.success) throw invalid(file, 'the other side speaks another version of Outpost', parsed.error)
    const frame = parsed.data
    if (isFirst) {
      isFirst = false
      const repeated = (frame as { header?: BundleHeader }).header
      if (!repeated || canonicalJson(repeated) !== canonicalJson(header)) {
        throw invalid(file, 'somebody else has signed it')
      }
      onStart?.(frame as Extract<Frame, { frame: 'start' }>)
    } else if (frame.frame === 'end') return
    else yield frame
  }
  throw invalid(file, 'its end is missing')
}

async function* linesOf(
  { file, copy, begin, end }: { file: string; copy: string; begin: number; end: number },
  identity: string,
): AsyncGenerator<Buffer> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  const encrypted = createReadStream(copy, { start: begin, end: end - 1, highWaterMark: CHUNK_BYTES })
  const inflated = createGunzip()
  let parts: Buffer[] = []
  let length = 0
  try {
    const plain = await decrypter.decrypt(Readable.toWeb(encrypted) as ReadableStream<Uint8Array>)
    pipeline(Readable.fromWeb(plain as never), inflated, () => undefined)
    for await (const chunk of inflated as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
        yield Buffer.concat([...parts, chunk.subarray(from, at)])
        parts = []
        length = 0
        from = at + 1
      }
      parts.push(chunk.subarray(from))
      length += chunk.length - from
      if (length > MAX_FRAME_BYTES) throw invalid(file, 'it holds a message that is too large')
    }
  } catch (cause) {
    if (cause instanceof OutpostError) throw cause
    throw invalid(file, 'it cannot be decrypted', cause)
  } finally {
    inflated.destroy()
    encrypted.destroy()
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function invalid(file: string, why: string, cause?: unknown): OutpostError {
  return new OutpostError('BUNDLE_INVALID', `${file} cannot be used: ${why}`, { cause })
}

/**
 * Writes a bundle: frames as JSON lines, compressed, encrypted, signed over all of it. Never more than a frame is in
 * memory. The file gets its name when it is whole and on the disk.
 */
import { createHash, randomBytes, sign } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, pipeline } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { createGzip } from 'node:zlib'
import { Encrypter } from 'age-encryption'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { BUNDLE_FORMAT, type BundleHeader } from '../../schemas/protocol/bundle.ts'
import type { SigningKey } from '../exchange/signature.ts'
import { isDiskFull } from '../sqlite/backup.ts'
import { toFileError } from '../sqlite/file-error.ts'
import { syncPath } from '../sqlite/sync-path.ts'

const PARTIAL = '.partial'
/** Before the hash of a bundle in what is signed, so that a signature of it is never one of something else. */
export const SIGNED_PREFIX = 'outpost bundle signature\n'

export interface BundleFrame {
  readonly frame: string
}
type Frames = AsyncIterable<BundleFrame> | Iterable<BundleFrame>

/**
 * @param frames what stands between the first frame, which this adds, and the last
 * @param start what the first frame says beside the header
 * @returns bytes
 * @throws OutpostError BAD_REQUEST where something is there already or the folder is missing; whatever `frames` throws
 */
export async function writeBundle(
  file: string,
  header: BundleHeader,
  key: SigningKey,
  frames: Frames,
  start: object = {},
): Promise<number> {
  if (existsSync(file)) throw new OutpostError('BAD_REQUEST', `${file} exists already`, { field: 'to' })
  if (!isFolder(dirname(file))) {
    const message = `${dirname(file)} is no folder: is the stick plugged in?`
    throw new OutpostError('BAD_REQUEST', message, { field: 'to' })
  }
  const partial = `${file}.${randomBytes(3).toString('hex')}${PARTIAL}`
  const handle = await open(partial, 'wx', 0o600).catch((cause: unknown) => {
    throw cannotWrite(file, cause)
  })
  const hash = createHash('sha512')
  let bytes = 0
  const write = async (chunk: Uint8Array): Promise<void> => {
    await handle.appendFile(chunk)
    bytes += chunk.length
  }
  try {
    const opening = Buffer.from(`${BUNDLE_FORMAT}\n${JSON.stringify(header)}\n`)
    hash.update(opening)
    await write(opening)
    const compressed = createGzip()
    pipeline(Readable.from(linesOf({ frame: 'start', header, ...start }, frames)), compressed, () => undefined)
    const encrypter = new Encrypter()
    encrypter.addRecipient(header.recipient)
    const encrypted = await encrypter.encrypt(Readable.toWeb(compressed) as ReadableStream<Uint8Array>)
    for await (const chunk of encrypted as unknown as WebStream<Uint8Array>) {
      hash.update(chunk)
      await write(chunk)
    }
    await write(sign(null, signedBytes(hash.digest()), key))
    await handle.sync()
    await handle.close()
    await rename(partial, file)
    await syncPath(dirname(file))
    return bytes
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(partial, { force: true }).catch(() => undefined)
    throw cannotWrite(file, error)
  }
}

export function signedBytes(hash: Buffer): Buffer {
  return Buffer.concat([Buffer.from(SIGNED_PREFIX), hash])
}

/**
 * The file that a person asked for.
 *
 * @param to an absolute path: a folder that exists or ends with a slash, else a file
 * @param name its name in a folder, without an end
 */
export function bundleTarget(to: string, name: string): string {
  return isFolder(to) || /[/\\]$/.test(to) ? join(to, `${name}.bundle`) : to
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

async function* linesOf(start: object, frames: Frames): AsyncGenerator<string> {
  yield `${JSON.stringify(start)}\n`
  for await (const frame of frames) yield `${JSON.stringify(frame)}\n`
  yield `${JSON.stringify({ frame: 'end' })}\n`
}

/** Also what a write refuses, which names no path. */
function cannotWrite(file: string, cause: unknown): unknown {
  if (isDiskFull(cause)) return new OutpostError('DISK_FULL', `there is no room on the disk for ${file}`, { cause })
  return toFileError(cause) ?? cause
}

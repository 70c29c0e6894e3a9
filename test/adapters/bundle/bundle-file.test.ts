/** The file itself: who may read it, what is noticed of what happens to it on its way. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openBundle } from '../../../adapters/bundle/open-bundle.ts'
import { writeBundle, type BundleFrame } from '../../../adapters/bundle/write-bundle.ts'
import { newSigningKey, readSigningKey } from '../../../adapters/exchange/signature.ts'
import { branchFrameSchema, type BranchFrame, type BundleHeader } from '../../../schemas/protocol/bundle.ts'

let folder: string
let identity: string
let header: BundleHeader
let key: ReturnType<typeof readSigningKey>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-bundle-file-'))
  identity = await generateX25519Identity()
  const signing = newSigningKey()
  key = readSigningKey(signing.privateKey)
  const recipient = await identityToRecipient(identity)
  const madeAt = '2026-03-01T10:00:00.000Z'
  header = { id: 'b1', from: 'branch', branchId: 'north', madeAt, signer: signing.publicKey, recipient }
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function pulls(count: number, name = 'members'): BranchFrame[] {
  return Array.from({ length: count }, (_, i) => ({
    frame: 'pull' as const,
    wanted: [{ collection: name, id: `secret-${i}` }],
  }))
}

async function write(frames: AsyncIterable<BundleFrame> | Iterable<BundleFrame>, name = 'a.bundle'): Promise<string> {
  const file = join(folder, name)
  await writeBundle(file, header, key, frames)
  return file
}

/** @param used hears of each frame before the next one is read */
async function read(file: string, used: (frame: BranchFrame) => void = () => undefined): Promise<BranchFrame[]> {
  const bundle = await openBundle(file, folder)
  const frames: BranchFrame[] = []
  try {
    for await (const frame of bundle.frames<BranchFrame>(branchFrameSchema, identity)) {
      used(frame)
      frames.push(frame)
    }
  } finally {
    await bundle.close()
  }
  return frames
}

describe('a bundle', () => {
  it('brings its frames in their order, however many there are, and leaves no copy behind', async () => {
    const frames = pulls(3000)
    const file = await write(frames)
    expect(await read(file)).toEqual(frames)
    expect(readdirSync(folder)).toEqual(['a.bundle'])
    expect(await read(await write([], 'empty.bundle'))).toEqual([])
  })

  it('shows nobody else what is in it', async () => {
    const file = await write(pulls(3))
    const text = readFileSync(file, 'latin1')
    expect(text).toContain('north')
    expect(text).not.toContain('secret')
    expect(statSync(file).mode & 0o077).toBe(0)
    identity = await generateX25519Identity()
    await expect(read(file)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' })
  })

  it('is whole or not there at all', async () => {
    // oxlint-disable-next-line require-yield -- it fails before
    async function* failing(): AsyncGenerator<BundleFrame> {
      await Promise.resolve()
      throw new Error('the store is away')
    }
    await expect(write(failing())).rejects.toThrow('the store is away')
    expect(readdirSync(folder)).toEqual([])
  })

  it('takes the place of nothing, and makes no folder where a stick should be', async () => {
    await write([])
    await expect(write([])).rejects.toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('exists') })
    await expect(write([], 'stick/a.bundle')).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    expect(readdirSync(folder)).toEqual(['a.bundle'])
  })
})

describe('a file that was damaged on its way', () => {
  it('is refused before anything of it is used, whichever byte was altered', async () => {
    const file = await write(pulls(400))
    const whole = readFileSync(file)
    const altered = join(folder, 'altered.bundle')
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const bytes = Buffer.from(whole)
        bytes[at]! ^= by
        writeFileSync(altered, bytes)
        let used = 0
        await expect(read(altered, () => (used += 1))).rejects.toMatchObject({ code: 'BUNDLE_INVALID' })
        expect(used).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('is refused where it ends too early or too late', async () => {
    const whole = readFileSync(await write(pulls(400)))
    const cut = join(folder, 'cut.bundle')
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        writeFileSync(cut, whole.subarray(0, length))
        await expect(read(cut)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' })
      }),
      { numRuns: 40 },
    )
    writeFileSync(cut, Buffer.concat([whole, Buffer.from('\n')]))
    await expect(read(cut)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' })
  })

  it('is told from what is no bundle, and from a file that is not there', async () => {
    const photo = join(folder, 'photo.jpg')
    writeFileSync(photo, Buffer.alloc(100_000, 7))
    await expect(read(photo)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' })
    await expect(read(join(folder, 'nothing.bundle'))).rejects.toMatchObject({ code: 'PATH_UNUSABLE' })
  })
})

describe('somebody who has a bundle and a key of their own', () => {
  it('cannot pass on what another has encrypted as their own', async () => {
    const file = await write(pulls(1))
    const whole = readFileSync(file)
    const begin = whole.indexOf('\n', whole.indexOf('\n') + 1) + 1
    const own = newSigningKey()
    const stolen = { ...header, branchId: 'south', signer: own.publicKey }
    // What they would do: their header, the other's frames, their signature.
    const { createHash, sign } = await import('node:crypto')
    const { signedBytes } = await import('../../../adapters/bundle/write-bundle.ts')
    const signed = Buffer.concat([
      Buffer.from(`outpost-bundle 1\n${JSON.stringify(stolen)}\n`),
      whole.subarray(begin, whole.length - 64),
    ])
    const signature = sign(
      null,
      signedBytes(createHash('sha512').update(signed).digest()),
      readSigningKey(own.privateKey),
    )
    const forged = join(folder, 'forged.bundle')
    writeFileSync(forged, Buffer.concat([signed, signature]))
    await expect(read(forged)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' })
  })
})

describe('a crash while a bundle is read', () => {
  it('leaves a copy that the next one removes', async () => {
    const file = await write(pulls(1))
    copyFileSync(file, join(folder, 'bundle-00ff.incoming'))
    expect(await read(file)).toHaveLength(1)
    expect(readdirSync(folder)).toEqual(['a.bundle'])
  })
})

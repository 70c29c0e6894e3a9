/**
 * The key that a PC has offered with a code, until it has heard the answer: headquarters gives the same answer to the same
 * key again, and to no other. Kept beside the store, which may not be there yet.
 */
import { readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { sha256 } from '../adapters/access/sha256.ts'
import { makeFolder } from '../adapters/node/make-folder.ts'
import { newKeptKey, type KeptKey } from './branch-key.ts'

const pendingSchema = z.object({
  /** SHA-256 of the code. */
  code: z.string(),
  key: z.object({ privateKey: z.string(), publicKey: z.string(), madeAtMs: z.number() }),
})

export interface PendingEnrolment {
  readonly key: KeptKey
  /** It was answered, or will never be. */
  forget(): void
}

/** The key that was offered with this code before, or a new one. */
export function openPendingEnrolment(dataDir: string, secret: string): PendingEnrolment {
  const file = join(dataDir, 'enrolment.json')
  const code = sha256(secret)
  const isNewFolder = makeFolder(dataDir) !== undefined
  const saved = readPending(file)
  const key = saved?.code === code ? saved.key : newKeptKey(Date.now())
  writeFileSync(file, `${JSON.stringify({ code, key })}\n`, { mode: 0o600 })
  return {
    key,
    forget() {
      rmSync(file, { force: true })
      if (isNewFolder) removeEmpty(dataDir)
    },
  }
}

function readPending(file: string): z.infer<typeof pendingSchema> | undefined {
  try {
    return pendingSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Something is in it by now.
  }
}

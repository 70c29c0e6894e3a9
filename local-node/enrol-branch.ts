/** Makes a PC a branch: a code from headquarters in, a key of its own and what it must know of the chain out. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { fingerprintOf, parseEnrolmentCode, type EnrolmentCode } from '../adapters/access/enrolment-code.ts'
import { keyIdOf, verify } from '../adapters/access/request-proof.ts'
import { createSignedFetch } from '../adapters/access/signed-fetch.ts'
import { readSigningKey, readVerifyingKey } from '../adapters/exchange/signature.ts'
import { EXCHANGE_PATH } from '../adapters/http/exchange-path.ts'
import { readText } from '../adapters/http/read-text.ts'
import type { Log } from '../adapters/log.ts'
import { refuseLostStore } from '../adapters/node/refuse-lost-store.ts'
import { withDeadline } from '../adapters/own-signal.ts'
import { Store } from '../adapters/sqlite/store.ts'
import { createCloudFetch } from '../adapters/tls/cloud-fetch.ts'
import type { CollectionDeclaration } from '../schemas/collection.ts'
import { ERROR_CATALOGUE, type ErrorCode } from '../schemas/error-catalogue.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { chainFactsSchema } from '../schemas/protocol/chain-facts.ts'
import { MOST_STARTS, PROOF_TYPES, type EnrolmentRequest } from '../schemas/protocol/request-proof.ts'
import type { KeptKey } from './branch-key.ts'
import { keepIdentity, knownBranch, refuseOtherBranch } from './branch-identity.ts'
import { parseCloudAddress } from './cloud-address.ts'
import { openPendingEnrolment } from './pending-enrolment.ts'

export interface EnrolmentOptions {
  readonly dataDir: string
  readonly cloudUrl: string
  /** As a person types it. */
  readonly code: string
  /** The certificate of a private authority, a file in PEM. */
  readonly ca?: string | undefined
  readonly insecureHttp?: boolean | undefined
  readonly declarations: readonly CollectionDeclaration[]
  readonly log: Log
}

export interface EnrolledBranch {
  readonly branchId: string
  readonly branchName: string
}

const DEADLINE_MS = 15_000
/** An answer that is lost on its way is asked for again with the same key, and given again. */
const TRIES = 3
const PAUSE_MS = 500

const enrolledSchema = z.object({ facts: chainFactsSchema, proof: z.string().max(4000) })
const claimsSchema = z.object({ branchId: z.string(), timeMs: z.number() })
const errorSchema = z.object({ code: z.string(), message: z.string(), field: z.string().optional() })

/**
 * A folder that is a branch already keeps everything and gets another key.
 *
 * @throws OutpostError ENROLMENT_CODE, BAD_CONFIGURATION, UNENCRYPTED, LINK_FAILED, STORE_LOCKED
 */
export async function enrolBranch(options: EnrolmentOptions): Promise<EnrolledBranch> {
  const { dataDir, insecureHttp, declarations } = options
  const code = parseEnrolmentCode(options.code)
  if (!code) {
    const message = 'an enrolment code has 42 letters and digits, in seven groups of six'
    throw new OutpostError('ENROLMENT_CODE', message, { field: 'code' })
  }
  const cloudUrl = parseCloudAddress(options.cloudUrl, insecureHttp)
  const file = join(dataDir, 'store.sqlite')
  refuseLostStore(dataDir)
  // What runs on the folder would not hear of its new key.
  const existing = existsSync(file) ? new Store({ file, declarations, tracksPending: true }) : undefined
  try {
    const known = existing && knownBranch(existing, dataDir)
    if (known?.cloudKey !== undefined && fingerprintOf(known.cloudKey) !== code.fingerprint) {
      const message = `${dataDir} belongs to another headquarters than the code: name another folder with --data`
      throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
    }
    const pending = openPendingEnrolment(dataDir, code.secret)
    const { key } = pending
    const told = await ask({
      ...options,
      cloudUrl,
      code,
      key,
      present: known && existing && presentOf(existing, known.branchId),
    }).catch((error: unknown) => {
      // Whether headquarters has taken the key is not known then.
      if (!(error instanceof OutpostError && error.code === 'LINK_FAILED')) pending.forget()
      throw error
    })
    if (existing) refuseOtherBranch(existing, dataDir, told.facts)
    const store = existing ?? new Store({ file, declarations, tracksPending: true })
    try {
      keepIdentity(store, { facts: told.facts, cloudUrl, key: { ...key, madeAtMs: told.timeMs }, cloudMs: told.timeMs })
    } finally {
      if (!existing) store.close()
    }
    pending.forget()
    const { branchId, branchName } = told.facts
    return { branchId, branchName }
  } finally {
    existing?.close()
  }
}

interface Asking extends Omit<EnrolmentOptions, 'code'> {
  readonly code: EnrolmentCode
  readonly key: KeptKey
  readonly present: EnrolmentRequest['present']
}

async function ask({ cloudUrl, code, key, present, ca, log }: Asking) {
  const publicKey = readVerifyingKey(key.publicKey)
  const keyId = await keyIdOf(publicKey)
  const signer = { key: readSigningKey(key.privateKey), keyId, audience: code.fingerprint }
  const isCloudKey = (cloudKey: string) => fingerprintOf(cloudKey) === code.fingerprint
  const link = createCloudFetch({ cloudUrl, cloudKey: isCloudKey, ca, log })
  try {
    const send = createSignedFetch({ cloudUrl, signer: () => signer, type: PROOF_TYPES.enrolment, fetch: link.fetch })
    const request: EnrolmentRequest = {
      code: code.secret,
      publicKey: key.publicKey,
      ...(present && { present }),
    }
    const body = await persistently(() =>
      withDeadline(DEADLINE_MS, NEVER, async (own) => {
        const headers = { 'content-type': 'application/json' }
        const init = { method: 'POST', headers, body: JSON.stringify(request), signal: own.signal } as const
        const response = await send(`${EXCHANGE_PATH}/enroll`, init)
        return JSON.parse(await readText(response, own.signal)) as unknown
      }),
    )
    const enrolled = enrolledSchema.safeParse(body)
    if (!enrolled.success) throw refusal(body, cloudUrl)
    const { facts, proof } = enrolled.data
    const other = new OutpostError('ENROLMENT_CODE', `the code is of another headquarters than ${cloudUrl}`, {
      field: 'code',
    })
    if (!isCloudKey(facts.cloudKey)) throw other
    const cloudKey = readVerifyingKey(facts.cloudKey)
    const expected = { type: PROOF_TYPES.enrolled, audience: keyId, keyOf: () => cloudKey }
    const { claims } = await verify(proof, expected).catch((cause: unknown) => {
      other.cause = cause
      throw other
    })
    const { branchId, timeMs } = claimsSchema.parse(claims)
    if (branchId !== facts.branchId) throw other
    return { facts, timeMs }
  } finally {
    await link.close()
  }

  async function persistently<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (cause) {
        if (cause instanceof OutpostError) throw cause
        if (attempt === TRIES) {
          const message = `${cloudUrl} cannot be reached; the code is still good for this PC`
          throw new OutpostError('LINK_FAILED', message, { cause })
        }
        await delay(PAUSE_MS * attempt)
      }
    }
  }
}

/** By which headquarters tells it from other PCs of the branch. */
function presentOf(store: Store, branchId: string): NonNullable<EnrolmentRequest['present']> {
  return { branchId, head: store.head(), epochs: store.epochs().slice(-MOST_STARTS) }
}

function refusal(body: unknown, cloudUrl: string): OutpostError {
  const refused = errorSchema.safeParse(body)
  if (!refused.success || !(refused.data.code in ERROR_CATALOGUE)) {
    return new OutpostError('LINK_FAILED', `${cloudUrl} is no headquarters of Outpost`)
  }
  // Headquarters cannot tell a code of another one from one that is wrong.
  const { code, message, field } = refused.data
  return code === 'UNAUTHENTICATED'
    ? new OutpostError('ENROLMENT_CODE', `the code is of another headquarters than ${cloudUrl}`, { field: 'code' })
    : new OutpostError(code as ErrorCode, message, field === undefined ? {} : { field })
}

const NEVER = new AbortController().signal

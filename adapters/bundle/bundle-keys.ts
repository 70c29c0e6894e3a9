/**
 * The keys of a node for bundles, made when the node is first opened and kept in its store: one to sign with, one to open
 * what is encrypted to it. A branch tells its public halves with each heartbeat, headquarters its own with each answer.
 */
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import type { BranchKeys } from '../../schemas/protocol/exchange.ts'
import { newSigningKey } from '../exchange/signature.ts'
import type { Store } from '../sqlite/store.ts'

export interface BundleKeys {
  /** Ed25519, PKCS #8, DER in base64url. Headquarters signs with the key of its decisions instead. */
  readonly signing: string
  /** X25519, as age writes it: `AGE-SECRET-KEY-1…`. */
  readonly identity: string
}

const PRIVATE = 'bundle keys'
const PUBLIC = 'bundle public keys'
/** The setting of a branch that says what bundles for headquarters are encrypted to. */
export const CLOUD_RECIPIENT = 'bundle recipient of headquarters'

/** Makes them where there are none. */
export async function openBundleKeys(store: Store): Promise<BundleKeys> {
  const saved = readPrivateKeys(store)
  if (saved) return saved
  const identity = await generateX25519Identity()
  const { privateKey: signing, publicKey } = newSigningKey()
  const known: BranchKeys = { signing: publicKey, recipient: await identityToRecipient(identity) }
  return (
    readPrivateKeys(store) ??
    store.transaction('setting', () => {
      store.writeSetting(PRIVATE, JSON.stringify({ signing, identity } satisfies BundleKeys))
      store.writeSetting(PUBLIC, JSON.stringify(known))
      return { signing, identity }
    })
  )
}

/** `undefined` before they were made. */
export function readPublicKeys(store: Store): BranchKeys | undefined {
  const saved = store.readSetting(PUBLIC)
  return saved === undefined ? undefined : (JSON.parse(saved) as BranchKeys)
}

function readPrivateKeys(store: Store): BundleKeys | undefined {
  const saved = store.readSetting(PRIVATE)
  return saved === undefined ? undefined : (JSON.parse(saved) as BundleKeys)
}

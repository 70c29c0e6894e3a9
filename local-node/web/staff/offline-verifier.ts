/** Whether a PIN is the one that the node has hashed, decided without the node. */
import { argon2idAsync } from '@noble/hashes/argon2.js'

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/

/** @param verifier PHC string as the node stores it; one of another kind lets nobody in */
export async function isPinOf(verifier: string, pin: string): Promise<boolean> {
  const [, m, t, p, salt, hash] = PHC.exec(verifier) ?? []
  if (salt === undefined || hash === undefined) return false
  const expected = fromBase64(hash)
  const cost = { m: Number(m), t: Number(t), p: Number(p), dkLen: expected.length }
  const computed = await argon2idAsync(pin.normalize('NFKC'), fromBase64(salt), cost)
  // Time tells nothing: whoever could measure it has the verifier.
  return computed.every((byte, at) => byte === expected[at])
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}

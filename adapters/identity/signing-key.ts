/** The key that headquarters signs its decisions with, made at its first start and kept in its store. */
import type { Store } from '../sqlite/store.ts'
import { newSigningKey, readSigningKey, type SigningKey } from '../exchange/signature.ts'

const SETTING = 'decision key'

export function openSigningKey(store: Store): { key: SigningKey; publicKey: string } {
  const saved = store.readSetting(SETTING)
  const pair = saved === undefined ? newSigningKey() : (JSON.parse(saved) as ReturnType<typeof newSigningKey>)
  if (saved === undefined) store.transaction('setting', () => store.writeSetting(SETTING, JSON.stringify(pair)))
  return { key: readSigningKey(pair.privateKey), publicKey: pair.publicKey }
}

/** Whose store a file is. The nodes write it into their settings; backups read it there without a node. */
import { createHash } from 'node:crypto'
import { isRecord } from '../../schemas/json.ts'
import type { StoreIdentity } from '../../schemas/protocol/backup.ts'

/** The settings that hold a branch's facts and headquarters' chain, both as JSON. */
export const IDENTITY_SETTINGS = { branch: 'chain-facts', cloud: 'chain' } as const

/** A database, or an open store. */
interface Prepares {
  prepare(sql: string): { pluck(): { get(name: string): unknown } }
}

/** `undefined` for a store that no node has started on. */
export function readIdentity(db: Prepares): StoreIdentity | undefined {
  const read = (name: string): unknown => {
    const value = db.prepare('SELECT value FROM setting WHERE name = ?').pluck().get(name) as string | undefined
    return value === undefined ? undefined : JSON.parse(value)
  }
  const facts = read(IDENTITY_SETTINGS.branch)
  if (isRecord(facts)) {
    return { node: 'branch', branchId: String(facts['branchId']), chain: nameOfChain(String(facts['chainKey'])) }
  }
  const chain = read(IDENTITY_SETTINGS.cloud)
  return isRecord(chain) ? { node: 'cloud', chain: nameOfChain(String(chain['key'])) } : undefined
}

/** How people call the node of a store. */
export function identityInWords(identity: StoreIdentity | undefined): string {
  if (!identity) return 'a store without a node'
  return identity.node === 'cloud' ? 'headquarters' : `branch "${identity.branchId}"`
}

/** Whether two are the same node of the same chain. */
export function isSameIdentity(a: StoreIdentity, b: StoreIdentity): boolean {
  return a.node === b.node && a.branchId === b.branchId && a.chain === b.chain
}

/** The key is 32 random bytes: its hash tells chains apart and gives nothing away. */
function nameOfChain(key: string): string {
  return createHash('sha256').update(`outpost chain ${key}`).digest('hex').slice(0, 16)
}

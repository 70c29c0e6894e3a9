/** What is true of the whole chain, made at headquarters' first start and kept in its store. */
import { randomBytes } from 'node:crypto'
import { isChainKey, type ChainKey } from '../schemas/member-id.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { IDENTITY_SETTINGS } from '../adapters/sqlite/store-identity.ts'
import type { Store } from '../adapters/sqlite/store.ts'

export interface Chain {
  readonly key: ChainKey
  /** ISO 3166-1 alpha-2: how phones without a country code are read, unless a branch has its own. */
  readonly country: string
  /** ISO 4217. */
  readonly currency: string
}

export const CHAIN_DEFAULTS = { country: 'CN', currency: 'CNY' } as const

const SETTING = IDENTITY_SETTINGS.cloud

/**
 * @param wanted settings of this start; they replace saved ones
 * @throws OutpostError BAD_CONFIGURATION
 */
export function openChain(
  store: Store,
  wanted: { country?: string | undefined; currency?: string | undefined },
): Chain {
  const saved = JSON.parse(store.readSetting(SETTING) ?? '{}') as Partial<Chain>
  const chain: Chain = {
    key: saved.key ?? (randomBytes(32).toString('hex') as ChainKey),
    country: wanted.country ?? saved.country ?? CHAIN_DEFAULTS.country,
    currency: wanted.currency ?? saved.currency ?? CHAIN_DEFAULTS.currency,
  }
  if (!isChainKey(chain.key)) throw new OutpostError('BAD_CONFIGURATION', 'the chain key in the store is damaged')
  check('country', chain.country, /^[A-Z]{2}$/, 'two capital letters such as CN')
  check('currency', chain.currency, /^[A-Z]{3}$/, 'three capital letters such as CNY')
  store.transaction('setting', () => store.writeSetting(SETTING, JSON.stringify(chain)))
  return chain
}

function check(field: string, value: string, pattern: RegExp, expected: string): void {
  if (pattern.test(value)) return
  throw new OutpostError('BAD_CONFIGURATION', `${field} "${value}" must be ${expected}`, { field })
}

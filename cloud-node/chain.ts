/** What is true of the whole chain, made at headquarters' first start and kept in its store. */
import { randomBytes } from 'node:crypto'
import { NO_BALANCE, type Balance } from '../schemas/contribution.ts'
import { isChainKey, type ChainKey } from '../schemas/member-id.ts'
import { isCountry } from '../schemas/phone.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { overdraftSchema } from '../schemas/protocol/chain-facts.ts'
import { openSigningKey } from '../adapters/identity/signing-key.ts'
import { IDENTITY_SETTINGS } from '../adapters/sqlite/store-identity.ts'
import type { Store } from '../adapters/sqlite/store.ts'

export interface Chain {
  readonly key: ChainKey
  /** Decisions about members are signed with it. */
  readonly signing: ReturnType<typeof openSigningKey>
  /** ISO 3166-1 alpha-2: how phones without a country code are read, unless a branch has its own. */
  readonly country: string
  /** ISO 4217. */
  readonly currency: string
  /** How far below zero a member's balance may be spent: points, and stored value in minor units. */
  readonly overdraft: Balance
}

/** What a start says of the chain. */
export interface ChainSettings {
  readonly country?: string | undefined
  readonly currency?: string | undefined
  readonly overdraft?: { readonly points?: number | undefined; readonly value?: number | undefined } | undefined
}

export const CHAIN_DEFAULTS = { country: 'CN', currency: 'CNY' } as const

const SETTING = IDENTITY_SETTINGS.cloud

/**
 * @param wanted settings of this start; they replace saved ones
 * @throws OutpostError BAD_CONFIGURATION
 */
export function openChain(store: Store, wanted: ChainSettings): Chain {
  const saved = JSON.parse(store.readSetting(SETTING) ?? '{}') as Partial<Chain>
  const chain: Omit<Chain, 'signing'> = {
    key: saved.key ?? (randomBytes(32).toString('hex') as ChainKey),
    country: wanted.country ?? saved.country ?? CHAIN_DEFAULTS.country,
    currency: wanted.currency ?? saved.currency ?? CHAIN_DEFAULTS.currency,
    overdraft: {
      points: wanted.overdraft?.points ?? saved.overdraft?.points ?? NO_BALANCE.points,
      value: wanted.overdraft?.value ?? saved.overdraft?.value ?? NO_BALANCE.value,
    },
  }
  if (!isChainKey(chain.key)) throw new OutpostError('BAD_CONFIGURATION', 'the chain key in the store is damaged')
  if (!isCountry(chain.country)) {
    const message = `country "${chain.country}" must be one that has phones, as two capital letters such as CN`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'country' })
  }
  check('currency', chain.currency, /^[A-Z]{3}$/, 'three capital letters such as CNY')
  if (!overdraftSchema.safeParse(chain.overdraft).success) {
    const message = 'an overdraft is a whole number from 0 to 1,000,000,000,000'
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'overdraft' })
  }
  store.transaction('setting', () => store.writeSetting(SETTING, JSON.stringify(chain)))
  return { ...chain, signing: openSigningKey(store) }
}

function check(field: string, value: string, pattern: RegExp, expected: string): void {
  if (pattern.test(value)) return
  throw new OutpostError('BAD_CONFIGURATION', `${field} "${value}" must be ${expected}`, { field })
}

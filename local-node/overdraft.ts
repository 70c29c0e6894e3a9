/** How far a member's balance may go below zero, as headquarters last said it: at the join, then with each heartbeat. */
import type { Store } from '../adapters/sqlite/store.ts'
import type { Balance } from '../schemas/contribution.ts'
import { overdraftSchema } from '../schemas/protocol/chain-facts.ts'

const SETTING = 'overdraft'

/** `undefined` while no heartbeat has said it. */
export function readOverdraft(store: Store): Balance | undefined {
  const saved = store.readSetting(SETTING)
  return saved === undefined ? undefined : overdraftSchema.parse(JSON.parse(saved))
}

export function noteOverdraft(store: Store, overdraft: Balance): void {
  const text = JSON.stringify(overdraft)
  if (store.readSetting(SETTING) === text) return
  store.transaction('setting', () => store.writeSetting(SETTING, text))
}

/** The branch app's words, in both languages, room by room. */
import { translator } from '../../adapters/ui/language.ts'
import * as common from './words/common.ts'
import * as members from './words/members.ts'
import * as me from './words/me.ts'
import * as order from './words/order.ts'
import * as orders from './words/orders.ts'
import * as pairing from './words/pairing.ts'
import * as requests from './words/requests.ts'
import * as settings from './words/settings.ts'
import * as staff from './words/staff.ts'
import * as sync from './words/sync.ts'
import * as today from './words/today.ts'

const en = {
  ...common.en,
  ...members.en,
  ...me.en,
  ...order.en,
  ...orders.en,
  ...pairing.en,
  ...requests.en,
  ...settings.en,
  ...staff.en,
  ...sync.en,
  ...today.en,
}
export type Word = keyof typeof en

const zh: Readonly<Record<Word, string>> = {
  ...common.zh,
  ...members.zh,
  ...me.zh,
  ...order.zh,
  ...orders.zh,
  ...pairing.zh,
  ...requests.zh,
  ...settings.zh,
  ...staff.zh,
  ...sync.zh,
  ...today.zh,
}

export const t = translator<Word>({ en, zh })

/** A day of trade in a small chain of tea shops, as a plan: who registers where, who buys what, who returns it. */
import type { ProductRecord } from '../../adapters/import/import-record.ts'
import { createRandom } from './seeded-random.ts'

export interface TradeLine {
  readonly product: ProductRecord
  readonly quantity: number
}

export type TradeEvent =
  | {
      readonly kind: 'register'
      readonly branch: number
      readonly phone: string
      readonly name: string
      readonly isPrivate: boolean
    }
  | {
      readonly kind: 'order'
      readonly branch: number
      readonly number: number
      readonly phone?: string
      readonly lines: readonly TradeLine[]
    }
  | { readonly kind: 'refund'; readonly branch: number; readonly number: number }
  | { readonly kind: 'rename'; readonly branch: number; readonly phone: string; readonly name: string }

const GOODS: readonly (readonly [name: string, yuan: number, category: string])[] = [
  ['龙井茶 Longjing', 28, 'tea'],
  ['碧螺春 Biluochun', 32, 'tea'],
  ['铁观音 Tieguanyin', 26, 'tea'],
  ['普洱茶 Pu-erh', 30, 'tea'],
  ['茉莉花茶 Jasmine', 18, 'tea'],
  ['珍珠奶茶 Bubble tea', 16, 'drinks'],
  ['柠檬茶 Lemon tea', 14, 'drinks'],
  ['豆浆 Soy milk', 6, 'drinks'],
  ['小笼包 Soup dumplings', 22, 'food'],
  ['葱油饼 Scallion pancake', 9, 'food'],
  ['桂花糕 Osmanthus cake', 12, 'food'],
  ['绿豆糕 Mung bean cake', 10, 'food'],
  ['月饼 Mooncake', 15, 'food'],
  ['茶壶 Teapot', 168, 'ware'],
  ['盖碗 Gaiwan', 88, 'ware'],
  ['礼盒 Gift box', 258, 'ware'],
]
const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗']
const GIVEN = [
  '伟',
  '芳',
  '娜',
  '敏',
  '静',
  '丽',
  '强',
  '磊',
  '军',
  '洋',
  '勇',
  '艳',
  '杰',
  '娟',
  '涛',
  '明',
  '超',
  '秀英',
  '霞',
  '平',
]

/** The catalogue that headquarters keeps. Prices in fen. */
export const CATALOGUE: readonly ProductRecord[] = GOODS.map(([name, yuan, category], i) => ({
  kind: 'product',
  origin: { file: 'catalogue', line: i + 1 },
  source: 'tea',
  legacyId: String(101 + i),
  name,
  price: yuan * 100,
  currency: 'CNY',
  category,
}))

/**
 * @param day counts the days of the chain from 1; every day has other people and other orders
 * @param branches how many
 */
export function planTradeDay(day: number, branches: number, ordersPerBranch: number): TradeEvent[] {
  const random = createRandom(day * 7919)
  const events: TradeEvent[] = []
  const regulars: string[] = []
  const name = () => random.pick(SURNAMES) + random.pick(GIVEN)
  for (let i = 0; i < branches * ordersPerBranch; i++) {
    const branch = i % branches
    if (random.next() < 0.3 || regulars.length === 0) {
      // A third of the newcomers are known at another branch already, which may not have been heard of here.
      const again = regulars.length > 0 && random.next() < 0.34
      const phone = again ? random.pick(regulars) : newPhone(day, random.below(100_000_000))
      if (!again) regulars.push(phone)
      events.push({ kind: 'register', branch, phone, name: name(), isPrivate: !again && random.next() < 0.05 })
    }
    const lines = Array.from({ length: 1 + random.below(3) }, () => ({
      product: random.pick(CATALOGUE),
      quantity: 1 + random.below(3),
    }))
    const member = random.next() < 0.7 ? { phone: random.pick(regulars) } : {}
    events.push({ kind: 'order', branch, number: i, lines, ...member })
    if (random.next() < 0.03) events.push({ kind: 'refund', branch, number: i })
    if (random.next() < 0.05) events.push({ kind: 'rename', branch, phone: random.pick(regulars), name: name() })
  }
  return events
}

function newPhone(day: number, number: number): string {
  return `13${day % 10}${String(number).padStart(8, '0')}`
}

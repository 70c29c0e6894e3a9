import { expect, it } from 'vitest'
import { newsFor, noteNews, type News, type Written } from '../../../adapters/http/nudge-news.ts'

const member = (origin: string): Written => ({ scope: 'shared', origin, syncClass: 100 })
const product: Written = { scope: 'shared', origin: '', syncClass: 20 }
const order = (origin: string): Written => ({ scope: 'b1', origin, syncClass: 80 })

it.each([
  ["a member of another branch, not the branch's own", [member('b1')], { b1: 0, b2: 100 }],
  ['what headquarters wrote beside it', [member('b1'), product], { b1: 20, b2: 100 }],
  ['the same the other way round', [product, member('b1')], { b1: 20, b2: 100 }],
  ['members of two branches', [member('b1'), member('b2')], { b1: 100, b2: 100, b3: 100 }],
  ['an order of headquarters for one branch', [order('')], { b1: 80, b2: 0 }],
  ['an order that the branch sent itself', [order('b1')], { b1: 0, b2: 0 }],
])('%s', (_, written, expected) => {
  const news: News = new Map()
  for (const one of written) noteNews(news, one)
  for (const [branch, priority] of Object.entries(expected)) {
    const { own, shared } = newsFor(news, branch)
    expect(Math.max(own, shared), branch).toBe(priority)
  }
})

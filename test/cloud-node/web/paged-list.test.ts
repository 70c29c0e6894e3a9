import { describe, expect, it } from 'vitest'
import type { Answer } from '../../../cloud-node/web/frame/ask-node.ts'
import { PagedList, type AskedPage } from '../../../cloud-node/web/frame/paged-list.ts'

type Page = Answer<AskedPage<{ id: string }, number>>

/** Two a page, of what `ids` holds at that moment. */
const pageOf = (ids: readonly string[], from = 0): Page => ({
  ok: true,
  value: {
    items: ids.slice(from, from + 2).map((id) => ({ id })),
    next: from + 2 < ids.length ? from + 2 : undefined,
  },
})
const shownOf = (list: PagedList<{ id: string }, number>) => list.shown.value.items?.map(({ id }) => id).join(' ')

describe('a list that is read page by page', () => {
  it('has a page once, however often more is asked for while it is on its way', async () => {
    let asked = 0
    const list = new PagedList<{ id: string }, number>((from) => {
      asked += 1
      return Promise.resolve(pageOf(['a', 'b', 'c', 'd', 'e'], from))
    })
    await list.again()
    expect(shownOf(list)).toBe('a b')
    await Promise.all([list.more(), list.more()])
    expect([shownOf(list), asked]).toEqual(['a b c d', 2])
  })

  it('keeps what was paged to when it is read again, without what is gone', async () => {
    let ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const list = new PagedList<{ id: string }, number>((from) => Promise.resolve(pageOf(ids, from)))
    await list.again()
    await list.more()
    ids = ids.filter((id) => id !== 'c')
    await list.again()
    expect([shownOf(list), list.shown.value.next]).toEqual(['a b d e', 4])
  })

  it('shows nothing twice that has moved to the next page meanwhile', async () => {
    let ids = ['a', 'b', 'c']
    const list = new PagedList<{ id: string }, number>((from) => Promise.resolve(pageOf(ids, from)))
    await list.again()
    ids = ['new', 'a', 'b', 'c']
    await list.more()
    expect(shownOf(list)).toBe('a b c')
  })

  it('keeps what it shows where it cannot be read, and says so until it can', async () => {
    let answer: Page = pageOf(['a'])
    const list = new PagedList<{ id: string }, number>(() => Promise.resolve(answer))
    await list.again()
    answer = { ok: false, failure: 'unreachable' }
    await list.again()
    expect([shownOf(list), list.shown.value.failure, list.shown.value.busy]).toEqual(['a', 'unreachable', false])
    answer = pageOf(['b'])
    await list.again()
    expect([shownOf(list), list.shown.value.failure]).toEqual(['b', undefined])
  })
})

import { describe, expect, it } from 'vitest'
import {
  changesOf,
  draftOf,
  NEW_PRODUCT,
  problemsOf,
  productOf,
} from '../../../cloud-node/web/products/product-draft.ts'
import type { ProductDocument } from '../../../schemas/collections/products.ts'

const TEA: ProductDocument = { id: 't1', name: 'Tea', price: 1280, currency: 'CNY', unit: 'cup', category: 'Drinks' }
const typed = { ...NEW_PRODUCT, name: ' Tea ', price: '12.8' }
const isNew = { id: 'x', currency: 'CNY' }

describe('a product as it is typed', () => {
  it('is as it was where nothing is changed, in the digits of its currency', () => {
    expect(draftOf(TEA).price).toBe('12.80')
    expect(productOf(draftOf(TEA), TEA)).toEqual(TEA)
    const yen = { id: 'y', name: 'Tea', price: 500, currency: 'JPY', discontinued: true }
    expect(draftOf(yen).price).toBe('500')
    expect(productOf(draftOf(yen), yen)).toEqual(yen)
  })

  it('has nothing that was not typed, and empties what was there and is not typed any more', () => {
    expect(productOf(typed, isNew)).toEqual({ id: 'x', name: 'Tea', price: 1280, currency: 'CNY' })
    const emptied = productOf({ ...draftOf(TEA), unit: '', category: ' ' }, TEA)
    expect(emptied).toEqual({ ...TEA, unit: '', category: '' })
  })

  it('is no longer sold, and sold again, as somebody says', () => {
    expect(productOf({ ...draftOf(TEA), isSold: false }, TEA)).toEqual({ ...TEA, discontinued: true })
    expect(productOf(draftOf(TEA), { ...TEA, discontinued: true })).toEqual({ ...TEA, discontinued: false })
  })

  it('cannot be saved without a name and a price, or with a price or code that is none', () => {
    expect(productOf(NEW_PRODUCT, isNew)).toBeUndefined()
    expect(problemsOf(NEW_PRODUCT, 'CNY').size).toBe(0)
    for (const wrong of [{ price: '12.805' }, { price: 'free' }, { price: '-1' }, { code: 'a b' }, { code: '茶' }]) {
      expect(problemsOf({ ...typed, ...wrong }, 'CNY').size).toBe(1)
      expect(productOf({ ...typed, ...wrong }, isNew)).toBeUndefined()
    }
  })

  it('sends only what was changed, so that it takes nothing back that somebody else has changed meanwhile', () => {
    const changesTo = (draft: Partial<ReturnType<typeof draftOf>>, was = TEA) =>
      changesOf(productOf({ ...draftOf(was), ...draft }, was)!, was)
    expect(changesTo({})).toBeUndefined()
    expect(changesTo({ category: 'Hot drinks' })).toEqual({ id: 't1', category: 'Hot drinks' })
    expect(changesTo({ unit: '', price: '13' })).toEqual({ id: 't1', unit: '', price: 1300 })
    expect(changesTo({ isSold: false })).toEqual({ id: 't1', discontinued: true })
    expect(changesTo({ isSold: true }, { ...TEA, discontinued: true })).toEqual({ id: 't1', discontinued: false })
  })
})

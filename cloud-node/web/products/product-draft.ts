/** A product as it is typed, and what of it can be right; needs no page. */
import { currencyDigits, readMoney } from '../../../adapters/ui/read-money.ts'
import type { ProductDocument } from '../../../schemas/collections/products.ts'

export interface ProductDraft {
  /** Of a new one only: what a scanner reads, or nothing. */
  readonly code: string
  readonly name: string
  /** In the currency's major units. */
  readonly price: string
  readonly unit: string
  readonly category: string
  readonly isSold: boolean
}

export const NEW_PRODUCT: ProductDraft = { code: '', name: '', price: '', unit: '', category: '', isSold: true }

export function draftOf(product: ProductDocument): ProductDraft {
  const { name, price, currency, unit = '', category = '', discontinued = false } = product
  const digits = currencyDigits(currency)
  return { code: '', name, price: (price / 10 ** digits).toFixed(digits), unit, category, isSold: !discontinued }
}

export type ProductProblem = 'code' | 'price'

/** Of what is typed; nothing typed is none yet. */
export function problemsOf(draft: ProductDraft, currency: string): ReadonlySet<ProductProblem> {
  const problems = new Set<ProductProblem>()
  if (draft.code !== '' && !/^[!-~]{1,64}$/.test(draft.code)) problems.add('code')
  if (draft.price.trim() !== '' && readMoney(draft.price, currency) === undefined) problems.add('price')
  return problems
}

/**
 * What is written: what was there before and is not typed any more is emptied.
 *
 * @returns `undefined` while something is missing or wrong
 */
export function productOf(
  draft: ProductDraft,
  {
    id,
    currency,
    unit: had,
    category: was,
    discontinued,
  }: Pick<ProductDocument, 'id' | 'currency'> & Partial<ProductDocument>,
): ProductDocument | undefined {
  const name = draft.name.trim()
  const price = readMoney(draft.price, currency)
  if (name === '' || price === undefined || problemsOf(draft, currency).size > 0) return undefined
  const unit = draft.unit.trim()
  const category = draft.category.trim()
  return {
    id,
    name,
    price,
    currency,
    ...((unit !== '' || had !== undefined) && { unit }),
    ...((category !== '' || was !== undefined) && { category }),
    ...((!draft.isSold || discontinued !== undefined) && { discontinued: !draft.isSold }),
  }
}

/** Only what was changed, and nothing where nothing was: what was not may have changed at headquarters meanwhile. */
export function changesOf(
  now: ProductDocument,
  opened: ProductDocument,
): (Pick<ProductDocument, 'id'> & Partial<ProductDocument>) | undefined {
  const changed = Object.entries(now).filter(([name, value]) => value !== opened[name as keyof ProductDocument])
  return changed.length > 0 ? { ...Object.fromEntries(changed), id: opened.id } : undefined
}

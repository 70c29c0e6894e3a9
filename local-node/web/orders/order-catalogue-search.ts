/** The catalogue as a till searches it: prepared once for each state of the products, since every key that is typed searches. */
import type { ProductDocument } from '../../../schemas/collections/products.ts'

export interface Catalogue {
  /** What is sold, by name. */
  readonly products: readonly ProductDocument[]
  /** Sorted; `''` last, where some products have none. */
  readonly categories: readonly string[]
  readonly soughtById: ReadonlyMap<string, string>
}

export function createCatalogue(all: Iterable<ProductDocument>): Catalogue {
  const collator = new Intl.Collator(undefined, { numeric: true })
  const products = [...all].filter(({ discontinued }) => !discontinued)
  products.sort((a, b) => collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1))
  const names = [...new Set(products.map(categoryOf))].filter(Boolean).toSorted(collator.compare)
  const categories = products.some((product) => categoryOf(product) === '') ? [...names, ''] : names
  const soughtById = new Map(
    products.map((product) => [product.id, folded(`${product.name} ${product.category ?? ''} ${product.id}`)]),
  )
  return { products, categories, soughtById }
}

/**
 * What contains every word that is typed; whatever has just that id (a scanner types it) comes first.
 *
 * @param category `undefined` for all
 */
export function searchCatalogue(catalogue: Catalogue, text: string, category: string | undefined): ProductDocument[] {
  const typed = folded(text).trim()
  const words = typed.split(/\s+/).filter(Boolean)
  const found: ProductDocument[] = []
  for (const product of catalogue.products) {
    if (category !== undefined && categoryOf(product) !== category) continue
    const sought = catalogue.soughtById.get(product.id)!
    if (!words.every((word) => sought.includes(word))) continue
    if (product.id.toLocaleLowerCase() === typed) found.unshift(product)
    else found.push(product)
  }
  return found
}

function categoryOf({ category }: ProductDocument): string {
  return category?.trim() ?? ''
}

function folded(text: string): string {
  return text.normalize('NFKC').toLocaleLowerCase()
}

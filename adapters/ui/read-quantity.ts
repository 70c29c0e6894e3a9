/** Quantities as people type them; needs no page. */

/** A typed quantity: whole, or with up to three decimals. `undefined` for what is none. */
export function readQuantity(text: string): number | undefined {
  const match = /^\d{1,5}(?:[.,]\d{1,3})?$/.exec(text.normalize('NFKC').trim())
  return match ? Number(match[0].replace(',', '.')) : undefined
}

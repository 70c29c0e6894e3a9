/** Money as people type it; needs no page. */

export function currencyDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

/** A typed price in minor units; full-width digits are fine. `undefined` for what is no price. */
export function readMoney(text: string, currency: string): number | undefined {
  const typed = text
    .normalize('NFKC')
    .trim()
    .replace(/,(?=\d{3}\b)/g, '')
    .replace(',', '.')
  const digits = currencyDigits(currency)
  const match = /^(\d{1,12})(?:\.(\d*))?$/.exec(typed)
  if (!match || (match[2] ?? '').length > digits) return undefined
  return Number(match[1]) * 10 ** digits + Number((match[2] ?? '').padEnd(digits, '0') || 0)
}

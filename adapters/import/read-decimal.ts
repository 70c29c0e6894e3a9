/** Decimal numbers as files write them, exactly: money never passes through a binary fraction. */

/** `digits / 10^scale`, without trailing zeros after the point. */
export interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,2}))?$/i

/** More is no price and no quantity; also bounds the arithmetic. */
const MAX_CHARACTERS = 40

/** The largest amount of money that a document may hold, in minor units. */
const MAX_MINOR_UNITS = 10n ** 15n

/** Reads `18`, `-18.50`, `.5` and `5.0E-2`; no thousands separators, no decimal comma, no currency signs. */
export function readDecimal(text: string): Decimal | undefined {
  const match = text.length <= MAX_CHARACTERS ? FORM.exec(text) : null
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  let digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n)
  let scale = fraction.length - Number(exponent)
  if (scale < 0) {
    digits *= 10n ** BigInt(-scale)
    scale = 0
  }
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n
    scale--
  }
  return { digits, scale }
}

/** Minor units of a currency with so many decimals; `undefined` where it would need rounding or is too large. */
export function toMinorUnits(decimal: Decimal, currencyDecimals: number): number | undefined {
  if (decimal.scale > currencyDecimals) return undefined
  return toSafeMoney(decimal.digits * 10n ** BigInt(currencyDecimals - decimal.scale))
}

/** `money × a × b`, rounded half away from zero to whole minor units; `undefined` when too large. */
export function multiplyMoney(money: number, ...factors: readonly Decimal[]): number | undefined {
  const digits = factors.reduce((product, factor) => product * factor.digits, BigInt(money))
  const scale = factors.reduce((sum, factor) => sum + factor.scale, 0)
  const divisor = 10n ** BigInt(scale)
  const size = digits < 0n ? -digits : digits
  const rounded = (2n * size + divisor) / (2n * divisor)
  return toSafeMoney(digits < 0n ? -rounded : rounded)
}

/** The nearest double; exact for up to fifteen digits. */
export function toNumber({ digits, scale }: Decimal): number {
  return Number(`${digits}e-${scale}`)
}

function toSafeMoney(minorUnits: bigint): number | undefined {
  return minorUnits > MAX_MINOR_UNITS || minorUnits < -MAX_MINOR_UNITS ? undefined : Number(minorUnits)
}

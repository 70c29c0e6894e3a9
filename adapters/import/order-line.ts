/** Reads one order line. Money is exact: a discount given as a fraction is rounded once, half away from zero. */
import { MONEY_PROPERTY } from '../../schemas/collection.ts'
import { orders as declaration } from '../../schemas/collections/orders.ts'
import type { OrderLineRecord } from './import-record.ts'
import type { PreparedImport } from './prepared-import.ts'
import type { ProductRows } from './product-rows.ts'
import { multiplyMoney, toNumber, type Decimal } from './read-decimal.ts'
import type { RowFields } from './row-fields.ts'

type LineSection = NonNullable<PreparedImport['orderLines']>
type LineFields = RowFields<keyof LineSection['readers']>

const { properties } = (
  declaration.schema.properties['lines'] as unknown as {
    items: { properties: { name: { maxLength: number }; quantity: { maximum: number } } }
  }
).items

/** What is wrong is noted in `fields`; the line means something only when nothing is. */
export function readOrderLine(
  section: LineSection,
  fields: LineFields,
  products: ProductRows,
  currencyDecimals: number,
): OrderLineRecord {
  const productLegacyId = fields.requiredText('productLegacyId', products.maxIdLength)
  const unknown = productLegacyId === '' ? undefined : products.whyUnknown(productLegacyId)
  if (unknown !== undefined) fields.refuse('PRODUCT_UNKNOWN', 'productLegacyId', unknown)
  const product = products.get(productLegacyId)
  const name = fields.text('name', properties.name.maxLength) ?? product?.name
  const price = fields.money('price', currencyDecimals) ?? product?.price
  if (unknown === undefined) {
    if (name === undefined) fields.requireText('name')
    if (price === undefined) fields.requireText('price')
  }
  const quantity = fields.decimal('quantity') ?? ZERO
  fields.requireText('quantity')
  if (Math.abs(toNumber(quantity)) > properties.quantity.maximum) {
    fields.refuse('NUMBER', 'quantity', `${fields.label('quantity')} is out of range`)
  }
  const discount = readDiscount(section, fields, price ?? 0, quantity, currencyDecimals)
  return { productLegacyId, name: name ?? '', price: price ?? 0, quantity: toNumber(quantity), discount }
}

const ZERO: Decimal = { digits: 0n, scale: 0 }

function readDiscount(
  { discountIs }: LineSection,
  fields: LineFields,
  price: number,
  quantity: Decimal,
  currencyDecimals: number,
): number {
  const fraction = discountIs === 'fraction' ? (fields.decimal('discount') ?? ZERO) : ZERO
  if (fraction.digits < 0n || toNumber(fraction) > 1) {
    fields.refuse('NUMBER', 'discount', `${fields.label('discount')}: a fraction lies between 0 and 1`)
  }
  const amount = discountIs === 'amount' ? (fields.money('discount', currencyDecimals) ?? 0) : 0
  const total = multiplyMoney(price, quantity)
  const discount = discountIs === 'amount' ? amount : multiplyMoney(price, quantity, fraction)
  if (total === undefined || discount === undefined || Math.abs(total - discount) > MONEY_PROPERTY.maximum) {
    fields.refuse('NUMBER', 'quantity', 'the line costs more than an order can hold')
  }
  return discount ?? 0
}

/** Northwind-shaped files for those who have none: the same columns, the same kinds of dirt, other people. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom } from './seeded-random.ts'

const EMPLOYEES = 9
const CUSTOMERS = 60
const PRODUCTS = 30
const ORDERS = 300

const CITIES = [
  ['Berlin', 'Germany', '030-'],
  ['Lyon', 'France', '04 78 '],
  ['London', 'UK', '(171) '],
  ['Madrid', 'Spain', '(91) '],
  ['Seattle', 'USA', '(206) '],
  ['México D.F.', 'Mexico', '(5) '],
] as const

/** Writes customers.csv, products.csv, orders.csv and order-details.csv. */
export function writeNorthwindData(folder: string): void {
  const random = createRandom(1996)
  const customers = Array.from({ length: CUSTOMERS }, (_, i) => {
    const [city, country, prefix] = random.pick(CITIES)
    // Every fifth address has a comma that nobody quoted.
    const address = i % 5 === 4 ? `Hauptstr. ${i}, 2. Stock` : `Hauptstr. ${i}`
    const id = `C${String(i).padStart(4, '0')}`
    const phone = i % 7 === 6 ? 'none' : `${prefix}555-${String(1000 + i)}`
    return {
      id,
      address,
      line: [id, `Customer ${i}`, `Person ${i}`, 'Owner', address, city, 'NULL', '1000', country, phone, 'NULL'],
    }
  })
  write(
    folder,
    'customers.csv',
    'customerID,companyName,contactName,contactTitle,address,city,region,postalCode,country,phone,fax',
    customers.map(({ line }) => line),
  )
  const products = Array.from({ length: PRODUCTS }, (_, i) => [
    i + 1,
    `"Product ${i + 1}, boxed"`,
    1,
    1,
    '10 boxes',
    `${5 + i}.50`,
    10,
    0,
    0,
    0,
  ])
  write(
    folder,
    'products.csv',
    'productID,productName,supplierID,categoryID,quantityPerUnit,unitPrice,unitsInStock,unitsOnOrder,reorderLevel,discontinued',
    products,
  )
  const orders: (string | number)[][] = []
  const details: (string | number)[][] = []
  for (let i = 0; i < ORDERS; i++) {
    const id = 20_000 + i
    const customer = random.pick(customers)
    const date = `1997-${String(1 + random.below(12)).padStart(2, '0')}-${String(1 + random.below(28)).padStart(2, '0')} 00:00:00.000`
    const shipped = random.next() < 0.9 ? date : 'NULL'
    orders.push([
      id,
      customer.id,
      1 + random.below(EMPLOYEES),
      date,
      date,
      shipped,
      1,
      '10.00',
      'Ship',
      customer.address,
      'City',
      'NULL',
      '1000',
      'Germany',
    ])
    const lines = 1 + random.below(4)
    for (let line = 0; line < lines; line++)
      details.push([id, 1 + ((i + line * 7) % PRODUCTS), `${5 + line}.50`, 1 + random.below(20), line === 0 ? 0 : 0.1])
  }
  write(
    folder,
    'orders.csv',
    'orderID,customerID,employeeID,orderDate,requiredDate,shippedDate,shipVia,freight,shipName,shipAddress,shipCity,shipRegion,shipPostalCode,shipCountry',
    orders,
  )
  write(folder, 'order-details.csv', 'orderID,productID,unitPrice,quantity,discount', details)
}

function write(folder: string, name: string, header: string, rows: readonly (readonly (string | number)[])[]): void {
  writeFileSync(join(folder, name), [header, ...rows.map((row) => row.join(',')), ''].join('\n'))
}

/**
 * A generated trader with the shape and the faults of the Northwind sample, for machines without the real one: 24 of the customers and
 * 176 of the orders have a comma too many in the address, and some well-formed orders are of broken customers.
 */
import { writeFiles } from './import-folder.ts'

const CUSTOMERS = 91
const ORDERS = 830
const BROKEN_ORDERS = 176
/** Of the well-formed and of the broken orders. */
const LINES = 1716
const BROKEN_LINES = 439

export async function writeNorthwindLike(folder: string): Promise<void> {
  const good = ORDERS - BROKEN_ORDERS
  const customers = [
    'customerID,companyName,contactName,contactTitle,address,city,region,postalCode,country,phone,fax',
    ...range(CUSTOMERS).map((i) => {
      const address = i % 4 === 0 || i === 90 ? `Main St., ${i}` : `Main St. ${i}`
      return `C${i},Company ${i},Ana ${i},Owner,${address},Berlin,NULL,1220${i},Germany,030-00743${i + 10},NULL`
    }),
  ]
  const orders = [
    'orderID,customerID,employeeID,orderDate,requiredDate,shippedDate,shipVia,freight,shipName,shipAddress,shipCity,shipRegion,shipPostalCode,shipCountry',
    ...range(ORDERS).map((i) => {
      const address = i < good ? `Main St. ${i}` : `Main St., ${i}`
      const day = `1997-0${1 + (i % 9)}-1${i % 10} 00:00:00.000`
      return `${i},C${i % 5},${1 + (i % 9)},${day},${day},${i % 36 === 0 ? 'NULL' : day},3,1.50,Company,${address},Berlin,NULL,12209,Germany`
    }),
  ]
  const lines = [
    'orderID,productID,unitPrice,quantity,discount',
    ...range(LINES).map((i) => `${i % good},${1 + (i % 77)},14.00,${1 + (i % 9)},${i % 2 === 0 ? '0' : '0.15'}`),
    ...range(BROKEN_LINES).map((i) => `${good + (i % BROKEN_ORDERS)},${1 + (i % 77)},14.00,2,0`),
  ]
  const products = [
    'productID,productName,supplierID,categoryID,quantityPerUnit,unitPrice,unitsInStock,unitsOnOrder,reorderLevel,discontinued',
    ...range(77).map(
      (i) => `${i + 1},Product ${i + 1},1,${1 + (i % 8)},10 boxes,${i + 1}.25,39,0,10,${i % 9 === 0 ? 1 : 0}`,
    ),
  ]
  const files = {
    'customers.csv': customers,
    'orders.csv': orders,
    'order-details.csv': lines,
    'products.csv': products,
  }
  for (const [name, rows] of Object.entries(files)) await writeFiles(folder, { [name]: `${rows.join('\n')}\n` })
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, i) => i)
}

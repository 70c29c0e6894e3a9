/** Fills a database as an old program of the Northwind trading company would have it, from the sample's CSV files. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { csvRows } from '../../../adapters/csv/csv-rows.ts'
import { writeNorthwindData } from '../northwind-data.ts'

const SAMPLE = '../shared/data/northwind'

/** By file: the table, its columns in the order of the file, its keys. */
const TABLES = [
  [
    'customers.csv',
    'customers',
    'customerID VARCHAR(10), companyName VARCHAR(100), contactName VARCHAR(60), contactTitle VARCHAR(60), address VARCHAR(120), city VARCHAR(40), region VARCHAR(40), postalCode VARCHAR(20), country VARCHAR(40), phone VARCHAR(40), fax VARCHAR(40)',
    'PRIMARY KEY (customerID)',
  ],
  [
    'products.csv',
    'products',
    'productID INT, productName VARCHAR(100), supplierID INT, categoryID INT, quantityPerUnit VARCHAR(60), unitPrice DECIMAL(10,2), unitsInStock INT, unitsOnOrder INT, reorderLevel INT, discontinued TINYINT',
    'PRIMARY KEY (productID)',
  ],
  [
    'orders.csv',
    'orders',
    'orderID INT, customerID VARCHAR(10), employeeID INT, orderDate DATETIME, requiredDate DATETIME, shippedDate DATETIME, shipVia INT, freight DECIMAL(10,2), shipName VARCHAR(100), shipAddress VARCHAR(120), shipCity VARCHAR(40), shipRegion VARCHAR(40), shipPostalCode VARCHAR(20), shipCountry VARCHAR(40)',
    'PRIMARY KEY (orderID), KEY (customerID)',
  ],
  [
    'order-details.csv',
    'order_details',
    'orderID INT, productID INT, unitPrice DECIMAL(10,2), quantity INT, discount DECIMAL(6,3)',
    'PRIMARY KEY (orderID, productID)',
  ],
] as const

export interface FilledLegacy {
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>
  /** Rows of the files that no table could take: a comma that nobody quoted. */
  readonly left: number
}

/**
 * Makes the database and its tables, which must not be there yet.
 *
 * @param url with the database's name
 * @param folder where files are made when there is no sample
 */
export async function fillLegacy(url: string, folder: string): Promise<FilledLegacy> {
  const target = new URL(url)
  const database = target.pathname.slice(1)
  target.pathname = '/'
  const connection = await createConnection({ uri: target.href, charset: 'utf8mb4' })
  try {
    await connection.query(`CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4`)
    await connection.query(`USE \`${database}\``)
    const data = sampleFolder(folder)
    const rows: Record<string, number> = {}
    let left = 0
    for (const [file, table, columns, keys] of TABLES) {
      await connection.query(`CREATE TABLE ${table} (${columns}, ${keys})`)
      const width = columns.split(', ').length
      rows[table] = 0
      let isHeader = true
      for await (const chunk of csvRows({ path: join(data, file), delimiter: ',' })) {
        const found = isHeader ? chunk.slice(1) : chunk
        isHeader = false
        const whole = found.filter(({ fields }) => fields.length === width)
        left += found.length - whole.length
        rows[table] += whole.length
        const values = whole.map(({ fields }) => fields.map((field) => (field === 'NULL' ? null : field)))
        if (values.length > 0) await connection.query(`INSERT INTO ${table} VALUES ?`, [values])
      }
    }
    // Their orders are among the rows that were left.
    await connection.query('DELETE FROM order_details WHERE orderID NOT IN (SELECT orderID FROM orders)')
    return { rows, left }
  } finally {
    await connection.end()
  }
}

function sampleFolder(folder: string): string {
  if (existsSync(join(SAMPLE, 'orders.csv'))) return SAMPLE
  mkdirSync(folder, { recursive: true })
  writeNorthwindData(folder)
  return folder
}

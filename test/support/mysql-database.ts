/** A database of its own for a test, on the server that the test run has started. */
import { randomBytes } from 'node:crypto'
import { createConnection, createPool } from 'mysql2/promise'

export interface TestDatabase {
  /** With the database's name. */
  readonly url: string
  readonly name: string
  query<Row = Record<string, unknown>>(sql: string, params?: (string | number | null)[]): Promise<Row[]>
  drop(): Promise<void>
}

/** `server`: another one than the test run's, as a URL without a database. */
export async function createTestDatabase(server = testMysqlUrl()): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`
  const url = new URL(server)
  const account = {
    host: url.hostname,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
  const connection = await createConnection(account)
  await connection.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`)
  await connection.end()
  const pool = createPool({ ...account, database: name, charset: 'utf8mb4', dateStrings: true, connectionLimit: 2 })
  url.pathname = `/${name}`
  return {
    url: url.href,
    name,
    query: async (sql, params = []) => (await pool.query(sql, params))[0] as never,
    drop: async () => {
      await pool.query(`DROP DATABASE IF EXISTS \`${name}\``)
      await pool.end()
    },
  }
}

function testMysqlUrl(): string {
  const url = process.env['OUTPOST_TEST_MYSQL_URL']
  if (url === undefined) throw new Error('OUTPOST_TEST_MYSQL_URL is not set; `npm test` sets it')
  return url
}

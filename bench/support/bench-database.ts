/** A MySQL database that lives as long as one measurement, and connections in the mode that the mirror uses. */
import { randomBytes } from 'node:crypto'
import { createConnection, type Connection } from 'mysql2/promise'

export interface BenchDatabase {
  readonly name: string
  readonly connection: Connection
  drop(): Promise<void>
}

/** @param server `mysql://user:password@host:port`; a database that it names is left alone */
export async function createBenchDatabase(server: string): Promise<BenchDatabase> {
  const url = new URL(server)
  const name = `outpost_bench_${randomBytes(4).toString('hex')}`
  const connection = await createConnection({
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    charset: 'utf8mb4',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
  })
  await connection.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`)
  await connection.query(`USE \`${name}\``)
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
  return {
    name,
    connection,
    drop: async () => {
      await connection.query(`DROP DATABASE IF EXISTS \`${name}\``)
      await connection.end()
    },
  }
}

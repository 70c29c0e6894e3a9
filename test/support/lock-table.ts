/** Keeps a table of a test's database from everybody else, so that whoever asks for its rows is kept waiting. */
import { createConnection } from 'mysql2/promise'
import type { TestDatabase } from './mysql-database.ts'

/** @returns what gives it free */
export async function lockTable({ url }: TestDatabase, table: string): Promise<() => Promise<void>> {
  const holder = await createConnection({ uri: url })
  await holder.query(`LOCK TABLES \`${table}\` WRITE`)
  return () => holder.end()
}

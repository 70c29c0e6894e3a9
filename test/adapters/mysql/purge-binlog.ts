import type { TestDatabase } from '../../support/mysql-database.ts'

/** Leaves nothing of a server's log but its present end; the server keeps a file for as long as a reader leaves it. */
export async function purgeBinlog(db: TestDatabase): Promise<void> {
  const logs = () => db.query<{ Log_name: string }>('SHOW BINARY LOGS')
  const before = (await logs()).at(-1)!.Log_name
  await db.query('FLUSH BINARY LOGS')
  while ((await logs()).some(({ Log_name }) => Log_name === before)) {
    await db.query(`PURGE BINARY LOGS TO '${(await logs()).at(-1)!.Log_name}'`)
  }
}

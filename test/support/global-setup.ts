/** Starts the MariaDB that all tests share, each in databases of its own; stops it when they are through. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMysql } from '../../scripts/lib/mysql-server.mjs'

export default async function setup(): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'outpost-test-mysql-'))
  const server = await startMysql({ dataDir })
  process.env['OUTPOST_TEST_MYSQL_URL'] = server.url
  return async () => {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

// Sets everything up, gives a job a MySQL server and runs it to its end: what `npm start` and its relatives share.
import { join } from 'node:path'
import { createAsk } from './ask.mjs'
import { ensureBuilt } from './build.mjs'
import { ensureDependencies } from './dependencies.mjs'
import { findMysql } from './find-mysql.mjs'
import { startMysql } from './mysql-server.mjs'
import { exitCodeOf, spawnChild } from './process-tree.mjs'
import { logToStderr as log } from './run-script.mjs'

/**
 * @param {object} job
 * @param {string} job.root the checkout
 * @param {string} job.script what to run, relative to `dist`
 * @param {readonly string[]} job.args
 * @param {string} job.stateDir where the job keeps its data, told to it as OUTPOST_STATE; its MySQL is in `mysql` below
 * @returns {Promise<number>} the job's exit code
 */
export async function runMainJob({ root, script, args, stateDir }) {
  const env = process.env
  const found = await findMysql({ env, ask: createAsk(env), log }) // first, for what it asks and refuses
  await ensureDependencies({ root, log })
  await ensureBuilt({ root, log })
  if (found.kind === 'given') return runJob({ root, script, args, stateDir, mysqlUrl: found.url })
  const server = await startMysql({ dataDir: join(stateDir, 'mysql'), program: found.program, log })
  try {
    return await runJob({ root, script, args, stateDir, mysqlUrl: server.url })
  } finally {
    await server.stop()
  }
}

/**
 * @param {object} job
 * @param {string} job.root
 * @param {string} job.script
 * @param {readonly string[]} job.args
 * @param {string} job.stateDir
 * @param {string} [job.mysqlUrl] none for a job that needs no MySQL
 */
export async function runJob({ root, script, args, stateDir, mysqlUrl }) {
  const job = spawnChild(process.execPath, ['--enable-source-maps', join(root, 'dist', script), ...args], {
    stdio: 'inherit',
    env: { ...process.env, OUTPOST_STATE: stateDir, ...(mysqlUrl !== undefined && { MYSQL_URL: mysqlUrl }) },
  })
  return exitCodeOf(await job.exited)
}

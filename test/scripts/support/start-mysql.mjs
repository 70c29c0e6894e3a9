// Starts a private server on the folder given as argument, reports it as JSON and keeps it until killed.
import { startMysql } from '../../../scripts/lib/mysql-server.mjs'

const { pid, url } = await startMysql({ dataDir: process.argv[2] ?? '' })
process.stdout.write(`${JSON.stringify({ pid, url })}\n`)
setInterval(() => undefined, 60_000)

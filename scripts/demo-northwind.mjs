// `npm run demo:northwind`: the Northwind trading company as nine branches that import their own customers and orders.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runMainJob } from './lib/run-main-job.mjs'
import { runScript } from './lib/run-script.mjs'

const USAGE = `Usage: npm run demo:northwind [-- options]

Runs a headquarters and nine branches, one per employee of the Northwind trading company, which all import their
customers and orders at once, half of them cut off meanwhile, and shows how everything arrives in MySQL.
A later run continues with the data of the earlier ones, which are in .outpost/northwind/.

Options
  --data DIR  folder with the Northwind CSV files; without it the demonstration makes its own
  --once      end when everything is in sync instead of staying up to be looked at
  --fresh     forget the data of earlier runs first
  --help      show this and do nothing

Environment
  MYSQL_URL=mysql://user:password@host:port/   use this server instead of a private one
  OUTPOST_YES=1                                install missing Debian packages without asking
`

await runScript(async (args) => {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE)
    return 0
  }
  const root = fileURLToPath(new URL('..', import.meta.url))
  const stateDir = join(root, '.outpost', 'northwind')
  return runMainJob({ root, args, script: 'scripts/demo/northwind.js', stateDir })
})

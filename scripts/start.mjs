// `npm start`: sets up what is missing and runs the demonstration: headquarters, two branches, a day of trade.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runMainJob } from './lib/run-main-job.mjs'
import { runScript } from './lib/run-script.mjs'

const USAGE = `Usage: npm start [-- options]

Runs a headquarters and two branches with a day of trade, and shows how everything arrives in MySQL.
On the first run it installs what is missing (npm dependencies; MariaDB only after asking) and builds.
A later run continues with the data of the earlier ones, which are in .outpost/.

Options
  --once     end when everything is in sync instead of staying up to be looked at
  --fresh    forget the data of earlier runs first
  --help     show this and do nothing

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
  return runMainJob({ root, args, script: 'scripts/demo/main.js', stateDir: join(root, '.outpost') })
})

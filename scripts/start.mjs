// `npm start`: sets up what is missing and runs the demonstration: headquarters, two branches, a day of trade.
import { runDemonstration } from './lib/run-demonstration.mjs'

await runDemonstration({
  command: 'npm start',
  about: `Runs a headquarters and two branches with a day of trade, and shows how everything arrives in MySQL.
On the first run it installs what is missing (npm dependencies; MariaDB only after asking) and builds.`,
  script: 'scripts/demo/main.js',
  stateDir: '.outpost',
})

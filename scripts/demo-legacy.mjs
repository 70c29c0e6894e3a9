// `npm run demo:legacy`: an old shop's MySQL database is imported by a branch, followed and mirrored at headquarters.
import { JSON_OPTION, runDemonstration } from './lib/run-demonstration.mjs'

await runDemonstration({
  command: 'npm run demo:legacy',
  about: `Fills an old shop's database from ../shared/data/northwind, or from data of its own, lets a branch import and follow it
while the old program goes on, and compares headquarters' tables with it.`,
  options: [JSON_OPTION],
  script: 'scripts/demo/legacy.js',
  stateDir: '.outpost/legacy',
})

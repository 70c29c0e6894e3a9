// `npm run demo:northwind`: the Northwind trading company as nine branches that import their own customers and orders.
import { runDemonstration } from './lib/run-demonstration.mjs'

await runDemonstration({
  command: 'npm run demo:northwind',
  about: `Runs a headquarters and nine branches, one per employee of the Northwind trading company, which all import their
customers and orders at once, half of them cut off meanwhile, and shows how everything arrives in MySQL.`,
  options: [['--data DIR', 'folder with the Northwind CSV files; without it the demonstration makes its own']],
  script: 'scripts/demo/northwind.js',
  stateDir: '.outpost/northwind',
})

// `npm run demo:members`: what becomes of people whose phones several branches register, change and give up, partly offline.
import { JSON_OPTION, runDemonstration } from './lib/run-demonstration.mjs'

await runDemonstration({
  command: 'npm run demo:members',
  about: `Runs a headquarters and three branches whose links are cut and restored, and tells four stories of members: one phone
registered twice, a changed number, a recycled one, and a wrong merge that is taken back. It ends with an error when
something that it tells did not happen.`,
  options: [JSON_OPTION],
  script: 'scripts/demo/members.js',
  stateDir: '.outpost/members',
})

// Builds the checkout given as argument and says whether there was anything to build.
import { ensureBuilt } from '../../../scripts/lib/build.mjs'

const built = await ensureBuilt({ root: process.argv[2] ?? '', log: () => undefined })
process.stdout.write(`${built ? 'built' : 'nothing to do'}\n`)

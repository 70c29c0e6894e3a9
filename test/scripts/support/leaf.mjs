// A process without children that tells the witness about itself: `leaf.mjs PORT NAME [stubborn]`.
import { connect } from 'node:net'

const [port, name, mode] = process.argv.slice(2)
const witness = connect(Number(port), '127.0.0.1', () => witness.write(`${name} up\n`))
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    witness.write(`${name} ${signal}\n`)
    if (mode !== 'stubborn') witness.end(() => process.exit(0))
  })
}

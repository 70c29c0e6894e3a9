// A process without children that tells the witness about itself: `leaf.mjs PORT NAME [stubborn] [PID,PID…]`. At a signal it
// looks which of the others still live, and says so in the same breath.
import { connect } from 'node:net'

const [port, name, mode, others = ''] = process.argv.slice(2)
const witness = connect(Number(port), '127.0.0.1', () => witness.write(`${name} up\n`))
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    const company = others.split(',').filter((pid) => pid !== '' && isAlive(Number(pid)))
    witness.write(`${name} ${signal}\n${name} ${company.length === 0 ? 'alone' : 'not alone'}\n`)
    if (mode !== 'stubborn') witness.end(() => process.exit(0))
  })
}

function isAlive(/** @type {number} */ pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

// A process with children of both kinds: `branching.mjs PORT NAME [stubborn|nested|crash|exit|leave]`.
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { spawnChild } from '../../../scripts/lib/process-tree.mjs'

const [port = '', name = '', mode = ''] = process.argv.slice(2)
const leaf = fileURLToPath(new URL('leaf.mjs', import.meta.url))
const start = (
  /** @type {string} */ child,
  /** @type {import('../../../scripts/lib/process-tree.d.mts').SpawnChildOptions} */ options,
  others = '',
) => spawnChild(process.execPath, [leaf, port, `${name}-${child}`, mode, others], options)

const ordinary = [start('node', {})]
if (mode === 'nested') {
  ordinary.push(spawnChild(process.execPath, [fileURLToPath(import.meta.url), port, `${name}-main`, '']))
}
// It sees, once it is told to stop, whether those that may need it are gone.
start('database', { last: true }, ordinary.map(({ pid }) => pid).join())
const witness = connect(Number(port), '127.0.0.1', () => witness.write(`${name} up\n`))
process.on('SIGUSR2', () => {
  if (mode === 'crash') throw new Error('a bug')
  process.exit(0)
})

// A process with children of both kinds: `branching.mjs PORT NAME [stubborn|nested|crash|exit|leave]`.
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { spawnChild } from '../../../scripts/lib/process-tree.mjs'

const [port = '', name = '', mode = ''] = process.argv.slice(2)
const leaf = fileURLToPath(new URL('leaf.mjs', import.meta.url))
const start = (/** @type {string} */ child, /** @type {boolean} */ last) =>
  spawnChild(process.execPath, [leaf, port, `${name}-${child}`, mode], { last })

if (mode === 'nested') spawnChild(process.execPath, [fileURLToPath(import.meta.url), port, `${name}-main`, ''])
start('database', true)
start('node', false)
const witness = connect(Number(port), '127.0.0.1', () => witness.write(`${name} up\n`))
process.on('SIGUSR2', () => {
  if (mode === 'crash') throw new Error('a bug')
  process.exit(0)
})

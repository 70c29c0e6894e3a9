import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { GROUP_VARIABLE } from '../../scripts/lib/process-tree.mjs'
import { createCheckout, runScript, startScript } from './support/checkout.js'
import { createWitness } from './support/witness.js'

/** Says whether its MySQL answers, and what it was given. */
const JOB = `
  import { connect } from 'node:net'
  import { relative } from 'node:path'
  const { port, username } = new URL(process.env.MYSQL_URL)
  const socket = connect(Number(port), '127.0.0.1')
  socket.once('data', () => {
    console.log('working')
    const state = relative(process.cwd(), process.env.OUTPOST_STATE)
    console.log(JSON.stringify({ args: process.argv.slice(2), port: Number(port), username, state }))
    process.exit(3)
  })
`
/** Stays up and tells the witness about itself and the database. */
const ENDLESS_JOB = `
  import { connect } from 'node:net'
  const witness = connect(Number(process.argv[2]), '127.0.0.1')
  const database = connect(Number(new URL(process.env.MYSQL_URL).port), '127.0.0.1')
  database.once('data', () => witness.write('job up\\n'))
  database.once('close', () => witness.write('job lost its database\\n'))
  process.on('SIGTERM', () => { witness.write('job SIGTERM\\n'); setImmediate(() => process.exit(0)) })
`

describe('npm start', { timeout: 120_000 }, () => {
  it('sets everything up, gives the job a database, and ends with its last line and exit code', async () => {
    const root = createCheckout({ 'scripts/demo/main.ts': JOB })
    const { code, stdout, stderr } = await runScript(root, 'start.mjs', ['--once', '--seed', '7'])
    expect(code, stderr).toBe(3)
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { port: number; state: string }
    expect(last).toMatchObject({ args: ['--once', '--seed', '7'], username: 'outpost' })
    expect(stdout.split('\n')[0]).toBe('working') // what is said about the set-up is not among the output
    expect(stderr).toContain('Building')
    expect(readdirSync(join(root, '.outpost', 'mysql')).toSorted()).toEqual(['data', 'server.log'])
  })

  it('uses a given MySQL and starts none', async () => {
    const job = 'console.log(process.env.MYSQL_URL)\n'
    const root = createCheckout({ 'scripts/demo/main.ts': job })
    const given = 'mysql://clerk:secret@127.0.0.1:1/'
    const { code, stdout } = await runScript(root, 'start.mjs', [], { MYSQL_URL: given })
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${given}\n` })
    expect(existsSync(join(root, '.outpost', 'mysql'))).toBe(false)
  })

  it('stops the job, then the database, at Ctrl-C', async () => {
    const witness = await createWitness()
    onTestFinished(() => witness.close())
    const root = createCheckout({ 'scripts/demo/main.ts': ENDLESS_JOB })
    const { child, ended } = startScript(root, 'start.mjs', [String(witness.port)])
    await witness.saw('job up')
    process.kill(-(child.pid ?? Number.NaN), 'SIGINT')
    expect(await ended).toMatchObject({ code: null, signal: 'SIGINT' })
    await witness.saw('job gone')
    expect(witness.events).toEqual(['job up', 'job SIGTERM', 'job gone'])
    expect(existsSync(join(root, '.outpost', 'mysql', 'lock'))).toBe(false)
  })

  it('stops everything when npm is killed, which tells only its shell', async () => {
    const witness = await createWitness()
    onTestFinished(() => witness.close())
    const root = createCheckout({ 'scripts/demo/main.ts': ENDLESS_JOB })
    const command = `"${process.execPath}" scripts/start.mjs ${witness.port}; true`
    const env: NodeJS.ProcessEnv = { ...process.env, npm_lifecycle_event: 'start' }
    delete env[GROUP_VARIABLE]
    delete env['MYSQL_URL']
    const shell = spawn('sh', ['-c', command], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
    const everyoneHasClosedTheOutput = once(shell.stdout.resume(), 'close')
    await witness.saw('job up')
    shell.kill('SIGKILL')
    await everyoneHasClosedTheOutput
    await witness.saw('job gone')
    expect(witness.events).toEqual(['job up', 'job SIGTERM', 'job gone'])
    expect(existsSync(join(root, '.outpost', 'mysql', 'lock'))).toBe(false)
  })

  it('does nothing but explain itself with --help', async () => {
    const root = createCheckout({})
    const { code, stdout } = await runScript(root, 'start.mjs', ['--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: npm start/)
    expect(existsSync(join(root, 'dist'))).toBe(false)
  })

  it('says in one sentence what is wrong', async () => {
    const root = createCheckout({ 'scripts/demo/main.ts': JOB })
    const { code, stdout, stderr } = await runScript(root, 'start.mjs', [], { MYSQL_URL: 'nonsense' })
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'outpost: MYSQL_URL must look like mysql://user:password@host:port/.\n',
    })
  })
})

describe('npm run demo:northwind', { timeout: 120_000 }, () => {
  it('has data of its own', async () => {
    const root = createCheckout({ 'scripts/demo/northwind.ts': 'console.log(process.env.OUTPOST_STATE)\n' })
    const { stdout } = await runScript(root, 'demo-northwind.mjs', [])
    expect(stdout.trim()).toBe(join(root, '.outpost', 'northwind'))
    expect(existsSync(join(root, '.outpost', 'northwind', 'mysql', 'data'))).toBe(true)
  })
})

describe('npm run demo:legacy', () => {
  it('says with --help that its report is to be had as JSON, and does nothing', async () => {
    const root = createCheckout({})
    const { code, stdout } = await runScript(root, 'demo-legacy.mjs', ['--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: npm run demo:legacy[^]*\n  --json  .+\n[^]*\n  --help  /)
    expect(existsSync(join(root, 'dist'))).toBe(false)
  })
})

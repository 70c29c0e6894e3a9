import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startMysql, type MysqlServer, type StartMysqlOptions } from '../../../scripts/lib/mysql-server.mjs'
import { GROUP_VARIABLE, spawnChild } from '../../../scripts/lib/process-tree.mjs'
import { createFolder } from '../support/folder.js'

const STARTER = fileURLToPath(new URL('../support/start-mysql.mjs', import.meta.url))

async function start(options: StartMysqlOptions): Promise<MysqlServer> {
  const server = await startMysql(options)
  onTestFinished(() => server.stop())
  return server
}

async function open(url: string): Promise<Connection> {
  const connection = await createConnection(url)
  connection.on('error', () => undefined) // some tests kill the server under it
  onTestFinished(() => connection.destroy())
  return connection
}

async function query(url: string, sql: string): Promise<RowDataPacket[]> {
  const connection = await open(url)
  const [rows] = await connection.query<RowDataPacket[]>(sql)
  await connection.end()
  return rows
}

/** Settles when whoever listens there has gone. */
async function connectionEnd(port: number): Promise<{ closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  await once(socket, 'data')
  return { closed }
}

describe('a private database server', { timeout: 60_000 }, () => {
  it('keeps its temporary tables while another server starts', async () => {
    const { url } = await start({ dataDir: createFolder() })
    const connection = await open(url)
    await connection.query('CREATE DATABASE d')
    await connection.query('CREATE TEMPORARY TABLE d.t (a INT) ENGINE=Aria')
    await connection.query('INSERT INTO d.t VALUES (1)')
    await start({ dataDir: createFolder() })
    await connection.query('ALTER TABLE d.t ADD b INT')
    const [rows] = await connection.query('SELECT a FROM d.t')
    expect(rows).toEqual([{ a: 1 }])
  })

  it('serves its user on loopback, durably and in utf8mb4', async () => {
    const { url } = await start({ dataDir: createFolder() })
    const [settings] = await query(
      url,
      `SELECT CURRENT_USER() AS user, @@bind_address AS address, @@character_set_server AS charset,
              @@innodb_flush_log_at_trx_commit AS durable, @@log_bin AS log_bin`,
    )
    expect(settings).toEqual({
      user: 'outpost@127.0.0.1',
      address: '127.0.0.1',
      charset: 'utf8mb4',
      durable: 1,
      log_bin: 0,
    })
  })

  it('lets nobody in without its password', async () => {
    const { port } = await start({ dataDir: createFolder() })
    for (const user of ['root', 'outpost', '']) {
      await expect(createConnection({ host: '127.0.0.1', port, user })).rejects.toThrow(/denied|not allowed/)
    }
  })

  it('is gone after stop, and nothing of it remains but its folder', async () => {
    const dataDir = createFolder()
    const temporary = createFolder()
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(() => void vi.unstubAllEnvs())
    const server = await startMysql({ dataDir })
    expect(readdirSync(temporary)).toHaveLength(1)
    const { closed } = await connectionEnd(server.port)
    await server.stop()
    await Promise.all([closed, server.exited])
    expect(readdirSync(dataDir).toSorted()).toEqual(['data', 'server.log'])
    expect(readdirSync(temporary)).toEqual([])
  })

  it('keeps its data from one start to the next', async () => {
    const dataDir = createFolder()
    const first = await start({ dataDir })
    await query(first.url, 'CREATE DATABASE kept')
    await first.stop()
    const second = await start({ dataDir })
    expect(await query(second.url, "SHOW DATABASES LIKE 'kept'")).toHaveLength(1)
  })

  it('comes back under the same url after it was killed', async () => {
    const dataDir = createFolder()
    const { url, port, password, kill } = await start({ dataDir })
    await query(url, 'CREATE DATABASE kept')
    await kill()
    await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED')
    expect((await start({ dataDir, port, password })).url).toBe(url)
    expect(await query(url, "SHOW DATABASES LIKE 'kept'")).toHaveLength(1)
  })

  it('refuses a folder on which another one works', async () => {
    const dataDir = createFolder()
    await start({ dataDir })
    await expect(startMysql({ dataDir })).rejects.toThrow(`in use by process ${process.pid}`)
  })

  it('works in a folder whose path is too long for a socket and contains spaces and links', async () => {
    const folder = createFolder()
    mkdirSync(join(folder, 'a folder '.repeat(20)))
    symlinkSync(join(folder, 'a folder '.repeat(20)), join(folder, 'link'))
    const { url } = await start({ dataDir: join(folder, 'link', 'mysql') })
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })
})

describe('starting a database server', { timeout: 60_000 }, () => {
  it('fails at once with the words of a server that cannot start', async () => {
    const dataDir = createFolder()
    await expect(startMysql({ dataDir, args: ['--no-such-option'] })).rejects.toThrow(
      /did not start, it ended with exit code \d+; its last words:\n[^]*no-such-option/,
    )
    await start({ dataDir }) // and can be tried again
  })

  it('names the port that is asked for and taken', async () => {
    const { port } = await start({ dataDir: createFolder() })
    await expect(startMysql({ dataDir: createFolder(), port })).rejects.toThrow(`port ${port} is taken`)
  })

  it('can be given up', async () => {
    const giveUp = new AbortController()
    const starting = startMysql({ dataDir: createFolder(), signal: giveUp.signal })
    giveUp.abort(new Error('not now'))
    await expect(starting).rejects.toThrow('not now')
  })

  it('replaces the server of a run that was killed', async () => {
    const dataDir = createFolder()
    const env = { ...process.env }
    delete env[GROUP_VARIABLE]
    const starter = spawn(process.execPath, [STARTER, dataDir], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string]
    const abandoned = JSON.parse(line) as { pid: number; url: string }
    await query(abandoned.url, 'CREATE DATABASE kept')
    starter.kill('SIGKILL')
    await once(starter, 'exit')
    const { closed } = await connectionEnd(Number(new URL(abandoned.url).port)) // it still runs

    const log: string[] = []
    const server = await start({ dataDir, log: (each) => log.push(each) })
    await closed
    expect(log).toEqual([`Stopping the database server ${abandoned.pid}, which an earlier run left behind …`])
    expect(server.pid).not.toBe(abandoned.pid)
    expect(await query(server.url, "SHOW DATABASES LIKE 'kept'")).toHaveLength(1)
  })

  it('leaves a foreign process alone that has the recorded id', async () => {
    const dataDir = createFolder()
    await (await start({ dataDir })).stop()
    const foreign = spawnChild(process.execPath, [
      '-e',
      'setInterval(() => {}, 1000)',
      '--',
      `--datadir=${dataDir}/data`,
    ])
    onTestFinished(() => void foreign.kill())
    writeFileSync(join(dataDir, 'data', 'outpost.pid'), `${foreign.pid}\n`)
    await start({ dataDir })
    const alive = Symbol('alive')
    expect(await Promise.race([foreign.exited, Promise.resolve(alive)])).toBe(alive)
  })
})

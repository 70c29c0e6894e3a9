import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findMysql, requireMysql } from '../../../scripts/lib/find-mysql.mjs'
import { createFolder, writeFiles } from '../support/folder.js'

const MARIADB = '#!/bin/sh\necho mariadbd Ver 10.11.6-MariaDB\n'
const MYSQL = '#!/bin/sh\necho mysqld Ver 8.4.0 for Linux on x86_64\n'
const SUDO = '#!/bin/sh\nshift\nexec "$@"\n'

const nobodyAgrees = () => Promise.resolve(false)
const everybodyAgrees = () => Promise.resolve(true)
const silently = () => undefined

/** A machine whose programs are only those given. */
function machine(programs: Record<string, string>): { env: NodeJS.ProcessEnv; folder: string } {
  const folder = createFolder()
  writeFiles(folder, programs)
  return { env: { PATH: folder }, folder }
}

/** Debian as far as installing goes: its apt-get writes down how it was called, and installing brings the server. */
function debian(aptGetFails = false): { env: NodeJS.ProcessEnv; folder: string } {
  const { folder } = machine({ sudo: SUDO })
  const install = `[ "$4" = update ] || for name in mariadbd mariadb-install-db; do
      printf '#!/bin/sh\\necho MariaDB\\n' > ${folder}/$name; chmod +x ${folder}/$name
    done`
  const act = aptGetFails ? 'echo "E: no network"; exit 100' : install
  writeFiles(folder, { 'apt-get': `#!/bin/sh\necho "$4 $5 $6 $7 $8" >> ${folder}/calls\n${act}\n` })
  // The tools that a shell script needs, but no server: Debian keeps servers in /usr/sbin.
  return { env: { PATH: `${folder}:/usr/bin:/bin` }, folder }
}

describe('the MySQL to use', () => {
  it('is the one that is given', async () => {
    const { env } = machine({ mariadbd: MARIADB, 'mariadb-install-db': MARIADB })
    const given = 'mysql://clerk:secret@db.example:3307/'
    const options = { ask: nobodyAgrees, log: silently, extraFolders: [] }
    expect(await findMysql({ ...options, env: { ...env, MYSQL_URL: given } })).toEqual({ kind: 'given', url: given })
  })

  it('is refused without showing the password when it is given as no url of MySQL', async () => {
    const env = { MYSQL_URL: 'clerk:secret@db.example' }
    const finding = findMysql({ env, ask: nobodyAgrees, log: silently })
    await expect(finding).rejects.toThrow('MYSQL_URL must look like mysql://user:password@host:port/.')
  })

  it('is the one on the PATH, MariaDB or MySQL', async () => {
    const options = { ask: nobodyAgrees, log: silently, extraFolders: [] }
    const mariadb = machine({ mysqld: MARIADB, 'mariadb-install-db': MARIADB })
    expect(await findMysql({ ...options, env: mariadb.env })).toEqual({
      kind: 'program',
      program: {
        flavour: 'mariadb',
        server: join(mariadb.folder, 'mysqld'),
        installer: join(mariadb.folder, 'mariadb-install-db'),
      },
    })
    const mysql = machine({ mysqld: MYSQL })
    expect(await findMysql({ ...options, env: mysql.env })).toMatchObject({ program: { flavour: 'mysql' } })
  })

  it('is found where Debian hides servers from ordinary users', () => {
    const { folder } = machine({ mariadbd: MARIADB, 'mariadb-install-db': MARIADB })
    expect(requireMysql({ PATH: '/nowhere' }, [folder]).server).toBe(join(folder, 'mariadbd'))
  })
})

describe('a machine without MySQL', () => {
  it('gets one sentence about what to do', async () => {
    const { env } = machine({})
    const sentence =
      /^Outpost needs a MySQL or MariaDB server and found none: install one \(Debian: `(sudo )?apt-get install mariadb-server-core mariadb-client-core`\), or set MYSQL_URL=mysql:\/\/user:password@host:port\/ to use one that already runs\.$/
    const finding = findMysql({ env, ask: everybodyAgrees, log: silently, extraFolders: [] })
    await expect(finding).rejects.toThrow(sentence)
    expect(() => requireMysql(env, [])).toThrow(sentence)
  })

  it('is not changed when nobody agrees', async () => {
    const { env, folder } = debian()
    const finding = findMysql({ env, ask: nobodyAgrees, log: silently, extraFolders: [] })
    await expect(finding).rejects.toThrow('or set MYSQL_URL=')
    expect(existsSync(join(folder, 'calls'))).toBe(false)
  })

  it('gets MariaDB from Debian when somebody agrees', async () => {
    const { env, folder } = debian()
    const questions: string[] = []
    const ask = (question: string) => Promise.resolve(questions.push(question) > 0)
    const found = await findMysql({ env, ask, log: silently, extraFolders: [] })
    expect(found).toMatchObject({ program: { flavour: 'mariadb', server: join(folder, 'mariadbd') } })
    expect(questions).toEqual([
      "Outpost needs a MySQL or MariaDB server and found none. Install Debian's mariadb-server-core and mariadb-client-core now?",
    ])
  })

  it('says what apt-get said when that fails', async () => {
    const { env } = debian(true)
    const finding = findMysql({ env, ask: everybodyAgrees, log: silently, extraFolders: [] })
    await expect(finding).rejects.toThrow(/installing it failed, .* ended with exit code 100:\nE: no network$/)
  })
})

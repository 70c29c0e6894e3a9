import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/node-process.ts'

describe('a demonstration', () => {
  it('whose MySQL cannot be reached says so before it starts anything, without the password', async () => {
    const folder = temporaryFolder()
    const file = fileURLToPath(new URL('../../dist/scripts/demo/main.js', import.meta.url))
    const env = { ...process.env, OUTPOST_STATE: folder.path, MYSQL_URL: 'mysql://clerk:secret@127.0.0.1:1/' }
    const child = spawn(process.execPath, [file, '--once'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = Promise.all([text(child.stdout), text(child.stderr)])
    const [code] = await once(child, 'close')
    expect([code, ...(await said)]).toEqual([
      1,
      '',
      '\nMySQL on 127.0.0.1:1 cannot be reached (ECONNREFUSED): start it or mend MYSQL_URL, or unset it to use a private server\n',
    ])
    folder.remove()
  })
})

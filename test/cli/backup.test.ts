import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { IDENTITY_SETTINGS } from '../../adapters/sqlite/store-identity.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { killAllNodes, runCommand, temporaryFolder } from '../support/node-process.ts'
import { CHAIN_KEY } from '../support/simulated-chain.ts'

let home: { path: string; remove: () => void }

beforeEach(() => {
  home = temporaryFolder()
})

afterEach(async () => {
  await killAllNodes()
  home.remove()
})

it('backs up the other nodes of the PC where one of them fails, and names the one that failed', async () => {
  mkdirSync(join(home.path, 'cloud'))
  writeFileSync(join(home.path, 'cloud', 'store.sqlite'), 'no store at all'.repeat(1000))
  makeBranch()
  const { code, stdout, stderr } = await runCommand(['backup', '--json'], { OUTPOST_HOME: home.path })
  expect(JSON.parse(stdout)).toMatchObject({ identity: { branchId: 'b1' } })
  expect(backups('branch')).toHaveLength(1)
  const said = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { code: string; message: string })
  expect(said).toMatchObject([{ message: expect.stringContaining(join(home.path, 'cloud')) as string }])
  expect(code).toBe(1)
})

it('names every node that failed', async () => {
  for (const node of ['cloud', 'branch']) {
    mkdirSync(join(home.path, node))
    writeFileSync(join(home.path, node, 'store.sqlite'), 'no store at all'.repeat(1000))
  }
  const { code, stderr } = await runCommand(['backup'], { OUTPOST_HOME: home.path })
  for (const node of ['cloud', 'branch']) expect(stderr).toContain(`outpost: ${join(home.path, node)}`)
  expect(code).toBe(1)
})

function makeBranch(): void {
  const folder = join(home.path, 'branch')
  mkdirSync(folder)
  const store = new Store({ file: join(folder, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  const facts = { branchId: 'b1', chainKey: CHAIN_KEY }
  store.transaction('setting', () => store.writeSetting(IDENTITY_SETTINGS.branch, JSON.stringify(facts)))
  store.close()
}

function backups(node: string): string[] {
  return readdirSync(join(home.path, node, 'backups')).filter((name) => name.endsWith('.sqlite'))
}

/**
 * SIGKILL of the legacy MariaDB and of the branch's node, again and again while rows are written and taken: nothing is
 * lost and nothing is there twice. And an import by command that is killed in the middle goes on where it was.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrders } from '../support/legacy-shop.ts'
import { LegacyChain } from '../support/legacy-chain.ts'
import { OUTPOST, runCommand } from '../support/node-process.ts'
import { proofCount, proofTimeout } from '../support/proof-scale.ts'

const KILLS = proofCount(20)
const MEMBERS = 300
const ORDERS = 4000
let chain: LegacyChain

beforeAll(async () => {
  chain = await LegacyChain.start({ members: MEMBERS, orders: ORDERS })
}, 120_000)

afterAll(() => chain.stop())

test('an import by command that is killed goes on where it was', async () => {
  const args = ['branch', 'import', 'mysql', '--map', chain.mapping, '--url-file', chain.urlFile, '--json']
  const locking = await createConnection(chain.db.url)
  await locking.query('LOCK TABLES sale_items WRITE')
  const child = spawn(process.execPath, [OUTPOST, ...args, '--data', chain.dataDir], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  await expect
    .poll(() => chain.db.query('SHOW FULL PROCESSLIST'), { timeout: 30_000 })
    .toContainEqual(expect.objectContaining({ State: 'Waiting for table metadata lock' }))
  child.kill('SIGKILL')
  await ended
  await locking.end()
  const { stdout } = await runCommand([...args, '--data', chain.dataDir])
  expect(JSON.parse(stdout)).toMatchObject({
    resumed: true,
    read: { member: 0, order: ORDERS },
    inserted: { member: 0, order: ORDERS },
  })
  await chain.startBranch()
  await chain.following()
  await chain.expectSame()
}, 180_000)

test(
  `${KILLS} kills of both in the middle of what is written lose nothing`,
  { timeout: proofTimeout(900_000) },
  async () => {
    await chain.startBranch()
    let next = ORDERS + 1
    for (let kill = 0; kill < KILLS; kill += 1) {
      await chain.following()
      const first = next
      next += 200
      const writing = (async () => {
        await addOrders(chain.db, first, 199, MEMBERS)
        await chain.db.query('UPDATE sales SET state = 3, remark = ? WHERE no BETWEEN ? AND ?', [
          `k${kill}`,
          first,
          first + 80,
        ])
        await chain.db.query('DELETE FROM sale_items WHERE sale BETWEEN ? AND ?', [first + 90, first + 99])
        await chain.db.query('DELETE FROM sales WHERE no BETWEEN ? AND ?', [first + 90, first + 99])
      })()
      if (kill % 2 === 0) {
        await chain.takes(first)
        await chain.branch.kill()
        await writing
        await chain.startBranch()
      } else {
        await chain.takes(first)
        // The server takes the statements that are under way with it, which are then not in its tables either.
        await chain.server.kill()
        await writing.catch(() => undefined)
        await chain.restartServer()
      }
      await chain.settle(first + 199, MEMBERS)
    }
    await chain.expectSame()
    await chain.startBranch()
  },
)

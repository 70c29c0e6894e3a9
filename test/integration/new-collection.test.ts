import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { RealChain } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'
import { VISITS } from '../support/visits.ts'

let chain: RealChain | undefined

afterEach(async () => {
  await chain?.stop()
})

describe('one more collection, declared in one file', () => {
  it('replicates both ways, reaches MySQL and appears in the status, with no other change', async () => {
    const folder = temporaryFolder()
    const file = join(folder.path, 'visits.mjs')
    writeFileSync(file, VISITS)
    chain = await RealChain.start(file)
    const [b1, b2] = [await chain.addBranch('b1'), await chain.addBranch('b2')]
    await b1.node.post('/api/documents/visits', { id: 'v1', branchId: 'b1', guests: 3 })
    await b2.node.post('/api/documents/visits', { id: 'v2', branchId: 'b2', guests: 5 })
    await b1.node.post('/api/documents/visits', { id: 'v1', guests: 4 })
    const status = await chain.level()
    expect(status.collections['visits']).toEqual({ documents: 2 })
    await statusWhere<CloudNodeStatus>(chain.cloud, ({ mirrors: [mirror] }) => mirror?.rows['visit'] === 2)
    expect(await chain.mysql.query('SELECT id, branch_id, guests FROM visit ORDER BY id')).toEqual([
      { id: 'v1', branch_id: 'b1', guests: 4 },
      { id: 'v2', branch_id: 'b2', guests: 5 },
    ])
    const branchStatus = await b1.node.get<BranchNodeStatus>('/api/status')
    expect(branchStatus.collections['visits']).toEqual({ documents: 1, backlog: { documents: 0 } })
    folder.remove()
  })
})

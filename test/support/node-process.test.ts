import { afterEach, expect, it } from 'vitest'
import { killAllNodes, startNode, temporaryFolder } from './node-process.ts'

const folder = temporaryFolder()

afterEach(async () => {
  await killAllNodes()
  folder.remove()
})

it('tells at once of a node that was killed that it has ended', async () => {
  const node = await startNode(['cloud', 'start', '--data', folder.path])
  await node.kill()
  expect(await node.stop()).toBeNull()
}, 30_000)

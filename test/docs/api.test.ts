import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openApiOf, type NodeKind } from '../../adapters/http/openapi.ts'
import { enrolOnce } from '../../scripts/demo/enrol.ts'
import { renderApi } from '../../scripts/docs/render-api.ts'
import { routeSpecs } from '../../scripts/docs/route-tables.ts'
import { killAllNodes, startNode, temporaryFolder } from '../support/node-process.ts'

const NODES: NodeKind[] = ['branch', 'headquarters']
const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const writtenFor = (kind: NodeKind) => JSON.parse(read(`openapi-${kind}.json`)) as { paths: object }

describe.each(NODES)('the reference of %s', (kind) => {
  const specs = routeSpecs(kind)

  it('says what the node declares', () => {
    expect(read(`api-${kind}.md`), 'run `npm run docs`').toBe(renderApi(kind, specs))
  })

  it('says the same as OpenAPI', () => {
    const declared = JSON.parse(JSON.stringify(openApiOf(kind, specs))) as unknown
    expect(writtenFor(kind), 'run `npm run docs`').toEqual(declared)
  })
})

describe('running nodes', () => {
  const folder = temporaryFolder()
  afterAll(async () => {
    await killAllNodes()
    folder.remove()
  })

  it('tell anybody the same of themselves, and that they are there', async () => {
    const cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
    await cloud.post('/api/branches', { id: 'b1', name: 'B1' })
    const dataDir = join(folder.path, 'b1')
    await enrolOnce(cloud, { id: 'b1', dataDir, cloudUrl: cloud.url })
    const branch = await startNode(['branch', 'start', '--data', dataDir])
    for (const [node, kind] of [
      [cloud, 'headquarters'],
      [branch, 'branch'],
    ] as const) {
      const told = await (await fetch(`${node.url}/api/openapi.json`)).json()
      expect(told).toEqual(writtenFor(kind))
      expect(await (await fetch(`${node.url}/api/health`)).json()).toEqual({ ok: true })
    }
  })
})

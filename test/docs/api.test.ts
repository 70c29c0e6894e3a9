import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openApiOf, type NodeKind } from '../../adapters/http/openapi.ts'
import { renderApi } from '../../scripts/docs/render-api.ts'
import { routeSpecs } from '../../scripts/docs/route-tables.ts'

const NODES: NodeKind[] = ['branch', 'headquarters']
const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

describe.each(NODES)('the reference of %s', (kind) => {
  const specs = routeSpecs(kind)

  it('says what the node declares', () => {
    expect(read(`api-${kind}.md`), 'run `npm run docs`').toBe(renderApi(kind, specs))
  })

  it('says the same as OpenAPI', () => {
    const written = JSON.parse(read(`openapi-${kind}.json`)) as unknown
    expect(written, 'run `npm run docs`').toEqual(JSON.parse(JSON.stringify(openApiOf(kind, specs))))
  })
})

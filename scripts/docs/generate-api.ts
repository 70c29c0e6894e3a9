/** Writes the reference of both nodes' addresses; run from dist/ after every change of a route table. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openApiOf, type NodeKind } from '../../adapters/http/openapi.ts'
import { renderApi } from './render-api.ts'
import { routeSpecs } from './route-tables.ts'

// This runs as dist/scripts/docs/generate-api.js.
const DOCS = new URL('../../../docs/', import.meta.url)

for (const kind of ['branch', 'headquarters'] satisfies NodeKind[]) {
  const specs = routeSpecs(kind)
  write(`api-${kind}.md`, renderApi(kind, specs))
  write(`openapi-${kind}.json`, `${JSON.stringify(openApiOf(kind, specs), undefined, 2)}\n`)
}

function write(name: string, text: string): void {
  writeFileSync(fileURLToPath(new URL(name, DOCS)), text)
}

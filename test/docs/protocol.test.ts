import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const page = read('docs/protocol.md')

test.each(['cloud-node/api.ts', 'cloud-node/branch-routes.ts', 'local-node/api.ts', 'adapters/http/status-routes.ts'])(
  'docs/protocol.md lists every address of %s',
  (file) => {
    const routes = [...read(file).matchAll(/app\.(get|post)\('(\/[^']+)'/g)]
    expect(routes.length).toBeGreaterThan(1)
    const missing = routes
      .map(([, method, path]) => `\`${method!.toUpperCase()} ${path}\``)
      .filter((it) => !page.includes(it))
    expect(missing).toEqual([])
  },
)

test('it names only codes that the catalogue explains', () => {
  const named = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map((match) => match[1]!)
  const verbs = ['GET', 'POST']
  expect(named.filter((code) => !(code in ERROR_CATALOGUE) && !verbs.includes(code))).toEqual([])
})

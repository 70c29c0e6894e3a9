import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EXCHANGE_ROOT } from '../../adapters/http/exchange-path.ts'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { routeSpecs } from '../../scripts/docs/route-tables.ts'

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
const specs = [...routeSpecs('headquarters'), ...routeSpecs('branch')]
const addresses = specs.map(({ method, path }) => `${method} ${path}`)

test('docs/protocol.md lists every address that a branch asks of headquarters', () => {
  // That of other protocols has no name of its own.
  const ofBranches = addresses.filter((one) => one.includes(EXCHANGE_ROOT) && !one.includes('/:version/'))
  expect(ofBranches.length).toBeGreaterThan(0)
  expect(ofBranches.filter((one) => !page.includes(`\`${one}\``))).toEqual([])
})

test('it names only addresses that there are', () => {
  const named = [...page.matchAll(/`((?:GET|POST) \/(?:api|exchange)[^`?]*)`/g)].map((match) => match[1]!)
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter((one) => !addresses.includes(one))).toEqual([])
})

test('it names only codes that the catalogue explains', () => {
  const named = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map((match) => match[1]!)
  const verbs = ['GET', 'POST']
  expect(named.filter((code) => !(code in ERROR_CATALOGUE) && !verbs.includes(code))).toEqual([])
})

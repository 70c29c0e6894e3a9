import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EXCHANGE_PATH } from '../../adapters/http/exchange-routes.ts'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const page = read('docs/protocol.md')

const files = ['adapters/http', 'cloud-node', 'local-node'].flatMap((folder) =>
  readdirSync(new URL(`../../${folder}`, import.meta.url))
    .filter((name) => /^(.*-routes|api)\.ts$/.test(name))
    .map((name) => `${folder}/${name}`),
)

/** The addresses that a file names, but those that it puts together, and the one for other protocols. */
function addresses(source: string): string[] {
  const text = source.replaceAll('${EXCHANGE_PATH}', EXCHANGE_PATH)
  const plain = [...text.matchAll(/app\.(get|post)\(['`](\/[^'`]+)['`]/g)].map(([, verb, path]) => [verb!, path!])
  const exchanges = [...text.matchAll(/\broute\('(\w+)'/g)].map(([, name]) => ['post', `${EXCHANGE_PATH}/${name!}`])
  return [...plain, ...exchanges]
    .map(([verb, path]) => `\`${verb!.toUpperCase()} ${path!}\``)
    .filter((one) => !one.includes('${') && !one.includes('/:version/'))
}

test.each(files)('docs/protocol.md lists every address of %s', (file) => {
  const named = addresses(read(file))
  expect(named.length).toBeGreaterThan(0)
  expect(named.filter((it) => !page.includes(it))).toEqual([])
})

test('it names only codes that the catalogue explains', () => {
  const named = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map((match) => match[1]!)
  const verbs = ['GET', 'POST']
  expect(named.filter((code) => !(code in ERROR_CATALOGUE) && !verbs.includes(code))).toEqual([])
})

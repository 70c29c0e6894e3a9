import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { renderErrors } from '../../scripts/docs/render-errors.ts'

test('docs/errors.md says what the catalogue of errors says', () => {
  const written = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  expect(written, 'run `npm run build` and `node dist/scripts/docs/generate-errors.js`').toBe(
    renderErrors(ERROR_CATALOGUE),
  )
})

test('the page explains every code once', () => {
  const headings = renderErrors(ERROR_CATALOGUE).match(/^## \w+$/gm)
  expect(headings?.map((heading) => heading.slice(3))).toEqual(Object.keys(ERROR_CATALOGUE).toSorted())
})

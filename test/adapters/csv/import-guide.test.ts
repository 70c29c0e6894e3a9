import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readMappingText } from '../../../adapters/import/mapping-file.ts'
import { readMapping } from '../../../adapters/import/mapping.ts'

test('the mapping that the guide shows is right', async () => {
  const guide = await readFile(join(import.meta.dirname, '../../../docs/import.md'), 'utf8')
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? []
  const { content, mistakes } = readMappingText(example, { branch: '5' })
  expect([...mistakes, ...readMapping(content, 'file').mistakes]).toEqual([])
  expect(readMapping(content, 'file').orderLines?.discountIs).toBe('amount')
})

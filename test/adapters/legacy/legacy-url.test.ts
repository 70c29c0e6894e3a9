import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LEGACY_URL, parseLegacyUrl, readLegacyUrl } from '../../../adapters/legacy/legacy-url.ts'
import { runImportMysql } from '../../../adapters/cli/run-import-mysql.ts'
import { temporaryFolder } from '../../support/node-process.ts'

let folder: ReturnType<typeof temporaryFolder>

beforeEach(() => void (folder = temporaryFolder()))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  folder.remove()
})

function write(text: string): string {
  const file = join(folder.path, 'url')
  writeFileSync(file, `${text}\n`, { mode: 0o600 })
  return file
}

test('what is wrong with the address in a file is said of the file', () => {
  vi.stubEnv(LEGACY_URL, '')
  const file = write('mysql://reader:hunter2@shop')
  expect(() => readLegacyUrl(file)).toThrow(`${file} names no database`)
  expect(readLegacyUrl(write('mysql://reader@shop/pos'))).toBe('mysql://reader@shop/pos')
})

test('the environment goes before the file, and is named where it is wrong', () => {
  vi.stubEnv(LEGACY_URL, 'mysql://reader@shop')
  expect(readLegacyUrl(write('nonsense'))).toBe('mysql://reader@shop')
  expect(() => parseLegacyUrl('mysql://reader@shop')).toThrow(`${LEGACY_URL} names no database`)
})

test('an import names the file too, whatever the environment holds', async () => {
  vi.stubEnv(LEGACY_URL, 'mysql://reader@shop/pos')
  const said: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  const urlFile = write('reader:hunter2@shop')
  const flags = { data: folder.path, map: 'none.yaml', set: {}, urlFile }
  expect(await runImportMysql(() => Promise.reject(new Error('never opened')), flags)).toBe(1)
  expect(said.join('')).toContain(`outpost: ${urlFile} must begin with mysql://`)
  expect(said.join('')).not.toContain('hunter2')
})

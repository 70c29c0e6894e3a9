import { describe, expect, test } from 'vitest'
import { ERROR_CATALOGUE, errorStatus, type ErrorCode } from '../../schemas/error-catalogue.ts'

const entries = Object.entries(ERROR_CATALOGUE)

describe('the catalogue of errors', () => {
  test.each(entries)('%s has a status of an error, a meaning and a remedy, each a sentence', (code, entry) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
    expect(errorStatus(code as ErrorCode)).toBe(entry.status)
    expect(entry.status).toBeGreaterThanOrEqual(400)
    expect(entry.status).toBeLessThan(600)
    expect(entry.meaning).toMatch(/^\S.*\.$/)
    expect(entry.remedy).toMatch(/^\S.*\.$/)
  })

  test('says something of its own for each code', () => {
    expect(new Set(entries.map(([, entry]) => entry.meaning)).size).toBe(entries.length)
  })
})

import { test } from 'vitest'
import { checkTampering } from '../support/check-tampering.ts'

test(
  'five hundred rows that were changed, deleted or inserted by hand are all found, named and repaired, and nothing else',
  () => checkTampering({ documents: 5000, rows: 500 }),
  300_000,
)

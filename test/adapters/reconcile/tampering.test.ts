/** A part of `test/proofs/tampering.test.ts`. */
import { test } from 'vitest'
import { checkTampering } from '../../support/check-tampering.ts'

test('sixty rows that were changed, deleted or inserted by hand are all found, named and repaired, and nothing else', () =>
  checkTampering({ documents: 700, rows: 60 }))

import { describe, expect, it } from 'vitest'
import { looksLikePhone, withoutPhones } from '../../schemas/phone-like.ts'

describe('what looks like a phone', () => {
  it.each(['13800138000', '+8613800138000', '0086 138-0013-8000', '(138) 0013 8000'])('%s is no id', (text) => {
    expect(looksLikePhone(text)).toBe(true)
  })

  it.each(['48d55ad8809a17b5998f2ecf4176a6ae', 'r-1380013800', 'g-1', '12345678901234567890123456789012'])(
    '%s may be one',
    (text) => {
      expect(looksLikePhone(text)).toBe(false)
    },
  )

  it('is left out of messages, and nothing else is', () => {
    expect(withoutPhones("unknown option '--phone=+86 138-0013-8000'")).toBe("unknown option '--phone=…'")
    expect(withoutPhones("no 13800138000, no '0086(138)00138000'.")).toBe("no …, no '…'.")
    const plain = "Table 't_123456789.member' of 2026-11-21T10:11:12.000Z has 123456 rows"
    expect(withoutPhones(plain)).toBe(plain)
  })
})

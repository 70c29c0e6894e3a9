import { describe, expect, it } from 'vitest'
import { isName, nameOf, type LegacyColumn } from '../../../adapters/legacy/legacy-place.ts'

const column = (type: string): LegacyColumn => ({ name: 'id', dataType: /^\w+/.exec(type)![0], type })

describe('the name of a row, as its log of changes has it', () => {
  it.each([
    ['int(6) unsigned zerofill', 12, '000012'],
    ['int(6) unsigned zerofill', 1234567, '1234567'],
    ['bigint(20) unsigned zerofill', '18446744073709551615', '18446744073709551615'],
    ['int(11)', -12, '-12'],
    ['varchar(20)', ' a1 ', 'a1'],
    ['binary(4)', Buffer.from([1, 2]), '01020000'],
    ['varbinary(4)', Buffer.from([1, 2]), '0102'],
    ['int(11)', null, undefined],
  ])('of type %s is the text that a query shows', (type, value, name) => {
    expect(nameOf(column(type), value)).toBe(name)
  })

  it('cannot be a decimal that is shown with zeros in front', () => {
    expect(isName(column('decimal(8,0) unsigned zerofill'))).toBe(false)
    expect(isName(column('decimal(8,0)'))).toBe(true)
  })
})

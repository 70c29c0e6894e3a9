import { describe, expect, it } from 'vitest'
import { renderCsv } from '../../../adapters/csv/render-csv.ts'

describe('a CSV for a spreadsheet', () => {
  it('says by its first character that it is UTF-8, and ends its lines as RFC 4180 has it', () => {
    expect(renderCsv(['day', '销售额'], [['2026-03-01', 12.5]])).toBe('\uFEFFday,销售额\r\n2026-03-01,12.5\r\n')
    expect(renderCsv(['day'], [])).toBe('\uFEFFday\r\n')
  })

  it('quotes what would end a cell, leaves nothing empty and numbers as they are', () => {
    expect(renderCsv(['a', 'b', 'c', 'd'], [['say "hi"', 'one, two', 'up\nand down', null]])).toContain(
      '"say ""hi""","one, two","up\nand down",\r\n',
    )
    expect(renderCsv(['a'], [[-5]])).toContain('\r\n-5\r\n')
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '  =1', '＝1', '\r=1', '|cmd', '%0A'])(
    'lets no spreadsheet run %j',
    (text) => {
      const [, cell = ''] = renderCsv(['a'], [[text]])
        .split('\r\na')
        .at(-1)!
        .split(/\r\n(.*)\r\n$/s)
      expect(cell.replace(/^"/, '').startsWith("'")).toBe(true)
    },
  )
})

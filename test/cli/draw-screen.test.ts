/** What is drawn anew on a terminal must not scroll, however narrow it is. */
import { describe, expect, test } from 'vitest'
import { drawn } from '../../adapters/cli/draw-screen.ts'

const HOME_AND_CLEAR = '\u001B[H\u001B[2J'
const linesOf = (text: string, rows: number, columns: number) =>
  drawn(text, { rows, columns }).replace(HOME_AND_CLEAR, '').trimEnd().split('\n')

describe('a text on a terminal', () => {
  test('is whole where it fits, with a line for the cursor', () => {
    expect(drawn('a\nb', { rows: 3, columns: 40 })).toBe(`${HOME_AND_CLEAR}a\nb\n`)
    expect(linesOf('a\nb\nc', 3, 40)).toEqual(['a', '… 2 more lines'])
  })

  test('has lines that are wrapped counted as the terminal shows them', () => {
    const long = 'x'.repeat(100)
    expect(linesOf(`a\n${long}\nc`, 6, 40)).toEqual(['a', long, 'c'])
    expect(linesOf(`a\n${long}\nc\nd`, 6, 40)).toEqual(['a', long, '… 2 more lines'])
    expect(linesOf(`a\n${long}\nc`, 5, 40)).toEqual(['a', '… 2 more lines'])
  })

  test('has Chinese signs counted as two columns', () => {
    const [fits, wraps] = ['店'.repeat(30), '店'.repeat(31)]
    expect(linesOf(`${fits}\nb\nc`, 4, 60)).toEqual([fits, 'b', 'c'])
    expect(linesOf(`${wraps}\nb\nc`, 4, 60)).toEqual([wraps, '… 2 more lines'])
  })
})

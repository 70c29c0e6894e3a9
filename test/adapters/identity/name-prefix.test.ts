import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginsWith, firstOf, namePrefix, nextAfter } from '../../../adapters/identity/name-prefix.ts'
import { compareText } from '../../../schemas/compare-text.ts'

describe('the beginning of a name', () => {
  it.each([
    ['li', 'LI Wei'],
    ['LI', 'li ming'],
    ['ｌＩ', 'Li Na'],
    ['é', 'Éva'],
    ['ß', 'ßen'],
    ['①', '①号'],
    ['王', '王芳'],
    ['😀', '😀'],
    ['100%_', '100%_x'],
  ])('%s is that of %s', (typed, name) => {
    expect(beginsWith(name, namePrefix(typed))).toBe(true)
  })

  it.each([
    ['li', 'L'],
    ['%', 'Li'],
    ['_', 'Li'],
    ['王', '汪芳'],
  ])('%s is not that of %s', (typed, name) => {
    expect(beginsWith(name, namePrefix(typed))).toBe(false)
  })

  it('leads along sorted names to each that begins so, and past none', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', 'c', '%'), maxLength: 4 })
    fc.assert(
      fc.property(fc.array(text), text, (some, typed) => {
        const names = some.toSorted(compareText)
        const prefix = namePrefix(typed)
        const found: string[] = []
        let from: string | undefined = firstOf(prefix)
        while (from !== undefined) {
          const start: string = from
          from = undefined
          for (const name of names.filter((one) => one >= start)) {
            if (beginsWith(name, prefix)) found.push(name)
            else {
              from = nextAfter(name, prefix)
              if (from !== undefined) expect(from > name).toBe(true)
              break
            }
          }
        }
        expect(found).toEqual(names.filter((name) => name.toLowerCase().startsWith(typed.toLowerCase())))
      }),
    )
  })
})

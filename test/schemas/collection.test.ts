import { describe, expect, test } from 'vitest'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import { collectionsByClass, scopeOf, TIME_PROPERTY, type CollectionDeclaration } from '../../schemas/collection.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'

const [first] = COLLECTIONS as [CollectionDeclaration, ...CollectionDeclaration[]]

describe('the scope of a document', () => {
  const byField: CollectionDeclaration = { ...first, scope: { field: 'branchId' } }

  test('is what its field says', () => {
    expect(scopeOf(byField, { branchId: 'b1' })).toBe('b1')
    expect(scopeOf({ ...byField, scope: { field: 'branchId', mayBeShared: true } }, { branchId: 'shared' })).toBe(
      SHARED_SCOPE,
    )
  })

  test('is shared throughout a shared collection', () => {
    expect(scopeOf({ ...first, scope: SHARED_SCOPE }, { branchId: 'b1', scope: 'b2' })).toBe(SHARED_SCOPE)
  })

  test('is nobody’s where the document names none that it may have, so that no branch receives it', () => {
    for (const branchId of [undefined, '', null, 5, 'shared', ['shared'], { field: 'shared' }]) {
      expect(scopeOf(byField, { branchId })).toBe('-')
    }
    expect(scopeOf({ ...first, scope: { field: 'constructor' } }, {})).toBe('-')
  })
})

describe('collections by class', () => {
  test('come with the larger class first, and within a class as they were declared', () => {
    const declare = (name: string, syncClass: number) => ({ ...first, name, syncClass })
    const classes = collectionsByClass([declare('a', 5), declare('b', 50), declare('c', 5)])
    expect([...classes.keys()]).toEqual([50, 5])
    expect(classes.get(5)!.map(({ name }) => name)).toEqual(['a', 'c'])
  })

  test('leave none out', () => {
    expect(
      [...collectionsByClass(COLLECTIONS).values()]
        .flat()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(COLLECTIONS.map(({ name }) => name).toSorted())
  })
})

test('times are written as Date writes them', () => {
  expect(new Date(0).toISOString()).toMatch(new RegExp(TIME_PROPERTY.pattern))
  expect('1970-01-01T00:00:00Z').not.toMatch(new RegExp(TIME_PROPERTY.pattern))
})

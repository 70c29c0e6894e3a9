import { checkSchema } from 'rxdb/plugins/dev-mode'
import { describe, expect, test } from 'vitest'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { MirrorColumn, MirrorSource, MirrorTable } from '../../schemas/mirror-mapping.ts'

interface Property {
  readonly properties?: Readonly<Record<string, Property>>
  readonly items?: Property
}

/** Whether a column's path leads to something that the schema declares. */
function leadsSomewhere(table: MirrorTable, from: string, document: Property): boolean {
  const isChild = table.each !== undefined
  if (from === '#') return isChild
  const ofParent = from.startsWith('^')
  if (ofParent && !isChild) return false
  const row = isChild && !ofParent ? document.properties?.[table.each]?.items : document
  const steps = (ofParent ? from.slice(1) : from).split('.')
  return (
    steps.reduce<Property | undefined>(
      (property, step) => (/^\d+$/.test(step) ? property?.items : property?.properties?.[step]),
      row,
    ) !== undefined
  )
}

function pathsOf({ from, unless = [], or }: MirrorColumn | MirrorSource): readonly string[] {
  return [...(from === undefined ? [] : [from]), ...unless, ...(or ? pathsOf(or) : [])]
}

describe.each(COLLECTIONS.map((declaration) => [declaration.name, declaration] as const))(
  'the declaration of %s',
  (_name, { schema, merge: spec, mirror = [], syncClass, scope, holdsBalance }) => {
    const properties = schema.properties as Readonly<Record<string, Property>>

    test('has a schema that RxDB accepts', () => {
      expect(() => checkSchema(schema)).not.toThrow()
      expect(schema.additionalProperties).toBe(false)
    })

    test('merges by the primary key', () => {
      expect(spec.key).toBe(schema.primaryKey)
    })

    test('names only fields that the schema has, and each in one role', () => {
      const roles = [
        spec.key,
        ...spec.immutable,
        ...spec.sets,
        ...spec.authority,
        ...Object.values(spec.registers).flat(),
      ]
      const all = [...roles, ...(spec.hasStatus ? ['status', 'round'] : [])]
      for (const field of all) expect(properties).toHaveProperty(field)
      expect(new Set(all).size).toBe(all.length)
      expect(all).not.toContain('clock')
    })

    test('holds only what may be written, all of a register or a part of it', () => {
      for (const field of (spec.heldOncePaid ?? []).flat()) {
        expect(spec.hasStatus).toBe(true)
        expect(properties).toHaveProperty(field)
        expect([...spec.immutable, ...spec.sets, ...spec.authority]).not.toContain(field)
      }
    })

    test('calls no register by the name of a field that is outside of it', () => {
      for (const [name, fields] of Object.entries(spec.registers)) {
        expect(fields.length).toBeGreaterThan(1)
        if (Object.hasOwn(properties, name)) expect(fields).toContain(name)
      }
    })

    test('keeps sets in arrays and stamps nothing that the schema has no place for', () => {
      for (const field of spec.sets) expect(properties[field]).toMatchObject({ type: 'array' })
      expect(properties['clock']).toMatchObject({ type: 'object', additionalProperties: true })
      for (const field of spec.authority) expect(schema.required).not.toContain(field)
    })

    test('lets only sets grow whose elements have an id', () => {
      for (const field of spec.growing ?? []) {
        expect(spec.sets).toContain(field)
        expect(properties[field]).toMatchObject({ items: { required: expect.arrayContaining(['id']) as unknown } })
      }
    })

    test('bounds no set in its size, since two documents within the bound may merge into one beyond it that nobody accepts', () => {
      for (const field of spec.sets) {
        expect(properties[field]).not.toHaveProperty('maxItems')
        expect(properties[field]).not.toHaveProperty('minItems')
      }
    })

    test('has a positive class, since 0 means that nothing is pending', () => {
      expect(Number.isInteger(syncClass) && syncClass > 0).toBe(true)
    })

    test('takes its scope from a field that every document has and no edit changes', () => {
      if (typeof scope === 'string') return
      expect(schema.required).toContain(scope.field)
      expect([spec.key, ...spec.immutable]).toContain(scope.field)
    })

    test('indexes fields of the schema, texts of a bounded length', () => {
      for (const field of (schema.indexes ?? []).flat()) {
        expect(properties).toHaveProperty(field)
        const property = properties[field] as { type?: string; maxLength?: number }
        if (property.type === 'string') expect(property.maxLength).toBeGreaterThan(0)
      }
    })

    test('publishes a balance only in fields that headquarters alone writes', () => {
      if (holdsBalance) expect(spec.authority).toEqual(expect.arrayContaining(['balance', 'balanceSeq']))
    })

    test.each(mirror.map((table) => [table.table, table] as const))(
      'mirrors into %s what documents have',
      (_t, table) => {
        for (const path of Object.values(table.columns).flatMap(pathsOf))
          expect([path, leadsSomewhere(table, path, { properties })]).toEqual([path, true])
        for (const column of [...table.key, ...(table.indexes ?? []).flat()])
          expect(table.columns).toHaveProperty(column)
        if (table.each !== undefined) {
          expect(properties[table.each]).toMatchObject({ type: 'array' })
          const parent = mirror[0]!
          const parentKey = parent.key.map((column) => `^${parent.columns[column]!.from}`)
          expect(table.key.slice(0, parentKey.length).map((column) => table.columns[column]!.from)).toEqual(parentKey)
          // What tells one element from the others: its place or, in a set that only grows, its id.
          const own = spec.growing?.includes(table.each) ? 'id' : '#'
          expect(table.key.map((column) => table.columns[column]!.from)).toContain(own)
        }
      },
    )
  },
)

describe('the collections of a chain', () => {
  test('have names of their own', () => {
    expect(new Set(COLLECTIONS.map(({ name }) => name)).size).toBe(COLLECTIONS.length)
  })

  test('stand in the order of their synchronisation', () => {
    const classes = COLLECTIONS.map(({ syncClass }) => syncClass)
    expect(classes).toEqual(classes.toSorted((a, b) => b - a))
  })

  test('go to mirror tables of their own, none of whose names differs by case only', () => {
    const tables = COLLECTIONS.flatMap(({ mirror }) => mirror ?? []).map(({ table }) => table.toLowerCase())
    expect(new Set(tables).size).toBe(tables.length)
  })
})

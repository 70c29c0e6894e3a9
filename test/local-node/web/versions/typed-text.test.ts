import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { typedText, watchTyping } from '../../../../local-node/web/versions/typed-text.ts'

let fields: object[]
/** Somebody types into a field. */
let typeInto: (field: object) => void

beforeEach(() => {
  fields = []
  vi.stubGlobal('document', { querySelectorAll: () => fields })
  vi.stubGlobal('addEventListener', (_: string, listener: (event: { target: object }) => void) => {
    typeInto = (field) => listener({ target: field })
  })
  watchTyping()
})

afterEach(() => {
  vi.unstubAllGlobals()
})

function field(value: string, of: { type?: string; class?: string; typed?: boolean } = {}): void {
  const made = { type: of.type ?? 'text', value, classList: { contains: (name: string) => name === of.class } }
  fields.push(made)
  if (of.typed !== false) typeInto(made)
}

it('shows what is typed, and not what stood in a form before', () => {
  field('Li Na')
  field('Lane 3', { type: 'textarea' })
  field('saved before', { typed: false })
  field('on', { type: 'checkbox' })
  field('  ')
  expect(typedText('a PIN')).toBe('Li Na … Lane 3')
})

it('knows nothing typed where nothing is', () => {
  field('saved before', { typed: false })
  expect(typedText('a PIN')).toBeUndefined()
})

it('says that a PIN is typed and never which, also where it is typed twice', () => {
  field('Mei')
  field('258036', { class: 'masked' })
  field('258036', { class: 'masked' })
  field('hunter2', { type: 'password' })
  expect(typedText('a PIN')).toBe('Mei … a PIN')
})

it('shows the beginning of a long text', () => {
  field('x'.repeat(100))
  expect(typedText('a PIN')).toBe(`${'x'.repeat(60)}…`)
})

import { expect, it } from 'vitest'
import { shortcutOf, type Key } from '../../../../local-node/web/frame/app-shortcut.ts'

const key: Key = { key: '', code: '', altKey: false, ctrlKey: false, metaKey: false, isTyped: false }

it('takes Alt and a digit for a screen by the place of the digit, whatever sign a keyboard makes of it', () => {
  expect(shortcutOf({ ...key, key: '1', code: 'Digit1', altKey: true })).toEqual({ kind: 'screen', at: 0 })
  expect(shortcutOf({ ...key, key: '™', code: 'Digit2', altKey: true, isTyped: true })).toEqual({
    kind: 'screen',
    at: 1,
  })
})

it('leaves the number pad alone, by which Windows types signs, and what browsers and systems take', () => {
  expect(shortcutOf({ ...key, key: '1', code: 'Numpad1', altKey: true })).toBeUndefined()
  expect(shortcutOf({ ...key, key: '1', code: 'Digit1' })).toBeUndefined()
  expect(shortcutOf({ ...key, key: '1', code: 'Digit1', ctrlKey: true })).toBeUndefined()
  expect(shortcutOf({ ...key, key: '1', code: 'Digit1', altKey: true, ctrlKey: true })).toBeUndefined()
  expect(shortcutOf({ ...key, key: '1', code: 'Digit1', metaKey: true })).toBeUndefined()
  expect(shortcutOf({ ...key, key: 'ArrowLeft', code: 'ArrowLeft', altKey: true })).toBeUndefined()
})

it('shows the help for a question mark, unless it is typed into a field', () => {
  expect(shortcutOf({ ...key, key: '?', code: 'Slash' })).toEqual({ kind: 'help' })
  expect(shortcutOf({ ...key, key: '?', code: 'Slash', isTyped: true })).toBeUndefined()
})

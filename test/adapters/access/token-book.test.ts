import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { TokenBook } from '../../../adapters/access/token-book.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const HOUR = 3_600_000

let folder: ReturnType<typeof temporaryFolder>
let store: Store
let nowMs: number
let book: TokenBook

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite') })
  nowMs = Date.parse('2026-03-01T10:00:00Z')
  book = new TokenBook(store, 'device', () => nowMs)
})

afterEach(() => {
  store.close()
  folder.remove()
})

it('finds who shows a token, and nobody by one that it never gave', () => {
  const { id, token } = book.add({ name: 'Till 1' })
  expect(token).toMatch(/^[\w-]{43}$/)
  expect(book.find(token)).toMatchObject({ id, name: 'Till 1' })
  expect(book.find(`${token}A`)).toBeUndefined()
  expect(book.find(id)).toBeUndefined()
})

it('tells the branch of a token that lets in as one', () => {
  const { token } = book.add({ name: 'Kiosk', branchId: 'b1' })
  expect(book.find(token)?.branchId).toBe('b1')
})

it('tells whether people log in with a token, also by its id', () => {
  const [browser, program] = [book.add({ name: 'Till 1', holder: 'browser' }), book.add({ name: 'Kiosk' })]
  expect(book.find(browser.token)?.holder).toBe('browser')
  expect(book.find(program.token)?.holder).toBe('program')
  expect(book.get(browser.id)).toMatchObject({ name: 'Till 1', holder: 'browser' })
  expect(book.get(browser.token)).toBeUndefined()
})

it('forgets a token at once when it is revoked, and no other one', () => {
  const [one, other] = [book.add({ name: 'Till 1' }), book.add({ name: 'Till 2' })]
  expect(book.revoke(one.id)).toBe(true)
  expect(book.revoke(one.id)).toBe(false)
  expect(book.find(one.token)).toBeUndefined()
  expect(book.list().map(({ name }) => name)).toEqual(['Till 2'])
  expect(book.find(other.token)).toBeDefined()
})

it('keeps no token in its file', () => {
  const { token } = book.add({ name: 'Till 1' })
  store.close()
  const kept = readFileSync(store.file)
  expect(kept.includes('Till 1')).toBe(true)
  expect(kept.includes(token)).toBe(false)
  expect(kept.includes(Buffer.from(token, 'base64url'))).toBe(false)
})

it('notes when a token was last shown, once an hour', () => {
  const { token } = book.add({ name: 'Till 1' })
  const seenAt = () => book.list()[0]!.lastSeenMs
  expect(seenAt()).toBeUndefined()
  book.find(token)
  const first = nowMs
  expect(seenAt()).toBe(first)
  nowMs += HOUR - 1
  book.find(token)
  expect(seenAt()).toBe(first)
  nowMs += 1
  book.find(token)
  expect(seenAt()).toBe(nowMs)
})

it('notes it anew when the clock was set back', () => {
  const { token } = book.add({ name: 'Till 1' })
  book.find(token)
  nowMs -= 24 * HOUR
  book.find(token)
  expect(book.list()[0]!.lastSeenMs).toBe(nowMs)
})

it('lets in whoever shows a token while nothing can be written', () => {
  const { token } = book.add({ name: 'Till 1' })
  store.prepare('PRAGMA query_only = ON').run()
  expect(book.find(token)).toMatchObject({ name: 'Till 1' })
})

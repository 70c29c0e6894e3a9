import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SessionBook } from '../../../adapters/access/session-book.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let folder: { path: string; remove: () => void }
let store: Store
let nowMs: number
let book: SessionBook

beforeEach(() => {
  folder = temporaryFolder()
  nowMs = Date.parse('2026-03-01T08:00:00Z')
  open()
})
afterEach(() => {
  store.close()
  folder.remove()
})

function open(): void {
  store = new Store({ file: join(folder.path, 'store.sqlite') })
  book = new SessionBook(store, { name: 'test_session', idleMs: 30 * MINUTE, absoluteMs: 8 * HOUR }, () => nowMs)
}

function countRows(): number {
  return store.prepare('SELECT count(*) FROM test_session').pluck().get() as number
}

describe('a session', () => {
  it('is found by its token, with who it is and at which device', () => {
    const token = book.begin('a1', { deviceId: 'd1' })
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(book.find(token)).toMatchObject({ subjectId: 'a1', deviceId: 'd1' })
    expect(book.find(book.begin('a1'))).not.toHaveProperty('deviceId')
    expect(book.find(`${token}x`)).toBeUndefined()
    expect(book.find('')).toBeUndefined()
  })

  it('outlives a restart, and nothing in the store opens it', () => {
    const token = book.begin('a1')
    store.close()
    expect(readFileSync(store.file).includes(token)).toBe(false)
    open()
    const found = book.find(token)
    expect(found?.subjectId).toBe('a1')
    expect(book.find(found!.id)).toBeUndefined()
  })

  it('ends when nobody has asked with it for as long as it may be idle', () => {
    const token = book.begin('a1')
    for (let i = 0; i < 3; i++) {
      nowMs += 29 * MINUTE
      expect(book.find(token)).toBeDefined()
    }
    nowMs += 30 * MINUTE
    expect(book.find(token)).toBeUndefined()
  })

  it('ends all the same while it is looked at, by whatever goes on by itself', () => {
    const token = book.begin('a1', { deviceId: 'd1' })
    nowMs += 29 * MINUTE
    expect(book.look(token)).toMatchObject({ subjectId: 'a1', deviceId: 'd1' })
    nowMs += MINUTE
    expect(book.look(token)).toBeUndefined()
    expect(book.find(token)).toBeUndefined()
  })

  it('ends at its age, however often it is asked with', () => {
    const token = book.begin('a1')
    for (let i = 0; i < 8 * 3 - 1; i++) {
      nowMs += 20 * MINUTE
      expect(book.find(token)).toBeDefined()
    }
    nowMs += 20 * MINUTE
    expect(book.find(token)).toBeUndefined()
  })

  it('keeps being alive across a restart, to the minute', () => {
    const token = book.begin('a1')
    nowMs += 20 * MINUTE
    book.find(token)
    store.close()
    open()
    nowMs += 29 * MINUTE
    expect(book.find(token)).toBeDefined()
  })

  it('writes that it was seen once a minute at most', () => {
    const token = book.begin('a1')
    const seenAt = () => store.prepare('SELECT seen_at FROM test_session').pluck().get()
    const begun = nowMs
    nowMs += 59_999
    book.find(token)
    expect(seenAt()).toBe(begun)
    nowMs += 1
    book.find(token)
    expect(seenAt()).toBe(nowMs)
  })

  it("of a clock that was years ahead is nobody's once the clock is right", () => {
    nowMs = Date.parse('2099-01-01T00:00:00Z')
    const token = book.begin('a1')
    nowMs -= 4 * MINUTE
    expect(book.find(token)).toBeDefined()
    nowMs = Date.parse('2026-03-01T08:00:00Z')
    expect(book.find(token)).toBeUndefined()
  })

  it('ends by its token, or with all of its subject', () => {
    const [mine, mineToo, other] = [book.begin('a1'), book.begin('a1'), book.begin('a2')]
    book.end(mine)
    expect(book.find(mine)).toBeUndefined()
    expect(book.find(mineToo)).toBeDefined()
    book.endAllOf('a1')
    expect(book.find(mineToo)).toBeUndefined()
    expect(book.find(other)).toBeDefined()
  })

  it('ends only if the transaction that ends it is committed', () => {
    const token = book.begin('a1')
    const failing = () =>
      store.transaction('test', () => {
        book.endAllOf('a1')
        throw new Error('no')
      })
    expect(failing).toThrow('no')
    expect(book.find(token)).toBeDefined()
  })

  it('is the oldest to end where one subject begins too many', () => {
    const tokens = Array.from({ length: 25 }, () => {
      nowMs += 1
      return book.begin('a1')
    })
    expect(tokens.map((token) => book.find(token) !== undefined)).toEqual(tokens.map((_, i) => i >= 5))
  })

  it('is forgotten when it is over', () => {
    book.begin('a1')
    nowMs += 8 * HOUR
    book.begin('a2')
    expect(countRows()).toBe(1)
  })
})

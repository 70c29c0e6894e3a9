import { expect, it } from 'vitest'
import { opened } from './opened.ts'

it('closes what opens only in part, and says why it did not open', async () => {
  const said: string[] = []
  const thing = {
    async [Symbol.asyncDispose]() {
      said.push('closed')
    },
  }
  expect(await opened(thing, async () => void said.push('open'))).toBe(thing)
  expect(said).toEqual(['open'])
  await expect(opened(thing, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room')
  expect(said).toEqual(['open', 'closed'])
})

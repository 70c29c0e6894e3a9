import { expect, it } from 'vitest'
import { soon } from './soon.ts'

const never = (ms: number) => new Promise((_, reject) => setTimeout(() => reject(new Error('gone')), ms))

it('is content with what is seen in time, and looks only after the cause', async () => {
  const done: string[] = []
  await soon(() => done.push('cause'), { sight: () => Promise.resolve(done.push('seen')) })
  expect(done).toEqual(['cause', 'seen'])
})

it('tells of what comes too late how late it was, and of what never comes that it did not', async () => {
  let tries = 0
  const late = async (ms: number) => (++tries === 1 ? never(ms) : undefined)
  const failed = soon(() => undefined, { late, never, fine: () => Promise.resolve() }, { soonMs: 5, everMs: 5 })
  await expect(failed).rejects.toThrow(
    /^late: not seen within 5 ms of its cause; it was \d+ ms\nnever: not seen within 5 ms of its cause; not in 5 ms more either: Error: gone$/,
  )
})

it('gives what takes longer than it may no time at all', async () => {
  const given: number[] = []
  const cause = () => new Promise((resolve) => setTimeout(resolve, 20))
  await soon(cause, { sight: (ms) => Promise.resolve(given.push(ms)) }, { soonMs: 10, everMs: 10 })
  expect(given).toEqual([1])
})

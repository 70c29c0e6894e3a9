import { expect, it } from 'vitest'
import { Renewal } from '../../../../adapters/ui/sync/renewal.ts'

/** Answers when the test says so. */
function slowNode() {
  const waiting: ((value: number | undefined) => void)[] = []
  return {
    load: () => new Promise<number | undefined>((resolve) => waiting.push(resolve)),
    waiting,
  }
}

it('hears a node that answers more slowly than it is asked, and asks once more for all that was wanted meanwhile', async () => {
  const { load, waiting } = slowNode()
  const renewal = new Renewal<number>()
  const asking = renewal.ask(load)
  await renewal.ask(load)
  await renewal.ask(load)
  expect(waiting).toHaveLength(1)
  waiting[0]!(1)
  await expect.poll(() => waiting.length).toBe(2)
  expect(renewal.reading.value).toMatchObject({ value: 1, failed: false })
  waiting[1]!(2)
  await asking
  expect([waiting.length, renewal.reading.value]).toEqual([2, expect.objectContaining({ value: 2, failed: false })])
})

it('says that a node fails that never answers in time, and keeps what it said before', async () => {
  const { load, waiting } = slowNode()
  const renewal = new Renewal<number>()
  for (const answer of [7, undefined]) {
    const asking = renewal.ask(load)
    waiting.at(-1)!(answer)
    await asking
  }
  expect(renewal.reading.value).toMatchObject({ value: 7, failed: true })
  const first = new Renewal<number>()
  await first.ask(() => Promise.resolve(undefined))
  expect(first.reading.value).toEqual({ failed: true })
})

it('shows nothing of an answer that comes when nobody looks any more', async () => {
  const { load, waiting } = slowNode()
  const renewal = new Renewal<number>()
  const asking = renewal.ask(load)
  renewal.end()
  waiting[0]!(1)
  await asking
  expect(renewal.reading.value).toEqual({ failed: false })
})

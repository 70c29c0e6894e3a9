import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MirrorJobs, type JobStep } from '../../../adapters/mysql/mirror-jobs.ts'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { STATE_TABLE } from '../../../adapters/mysql/own-tables.ts'
import { createMirrorFixture, product, statusBecomes } from './mirror-fixture.ts'

const toError = (error: unknown) => error

describe('work that is asked of a mirror', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function asked() {
    const jobs = new MirrorJobs<string>(toError)
    const done: string[] = []
    const work =
      (name: string) =>
      async (turn: string): Promise<JobStep<string>> => {
        done.push(name)
        return { outcome: 'passed', result: `${name} in ${turn}` }
      }
    return { jobs, done, work }
  }

  test('is done in its turn, and dropped where whoever asked has given up before', async () => {
    const { jobs, done, work } = asked()
    const first = new AbortController()
    const second = new AbortController()
    const answers = Promise.allSettled([
      jobs.ask(work('one'), { withinMs: 1000, signal: first.signal }),
      jobs.ask(work('two'), { withinMs: 1000, signal: second.signal }),
      jobs.ask(work('three'), { withinMs: 1000, signal: AbortSignal.abort(new Error('before')) }),
    ])
    second.abort(new Error('enough'))
    expect(await jobs.serve('turn 1')).toBe('passed')
    first.abort(new Error('too late'))
    expect(await answers).toMatchObject([
      { value: 'one in turn 1' },
      { reason: { message: 'enough' } },
      { reason: { message: 'before' } },
    ])
    expect(done).toEqual(['one'])
  })

  test('has its turn again where the state of the mirror was gone, unless whoever asked has given up or it is late', async () => {
    const { jobs, work } = asked()
    const lost = async (): Promise<JobStep<string>> => ({ outcome: 'lost', result: '' })
    const first = (name: string) => {
      const steps = [lost, work(name)]
      return (turn: string) => steps.shift()!(turn)
    }
    const tired = new AbortController()
    const tea = jobs.ask(first('tea'), { withinMs: 1000 })
    expect(await jobs.serve('turn 1')).toBe('lost')
    expect(await jobs.serve('turn 2')).toBe('passed')
    expect(await tea).toBe('tea in turn 2')

    const given = Promise.allSettled([
      jobs.ask(lost, { withinMs: 1000 }),
      jobs.ask(first('rice'), { withinMs: 2000, signal: tired.signal }),
    ])
    expect(await jobs.serve('turn 3')).toBe('lost')
    await vi.advanceTimersByTimeAsync(1000)
    expect(await jobs.serve('turn 4')).toBe('lost')
    tired.abort(new Error('enough'))
    expect(await given).toMatchObject([
      { reason: { message: expect.stringContaining('did not get to it within 1 s') as string } },
      { reason: { message: 'enough' } },
    ])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is not begun any more once its time is over, and says so', async () => {
    const { jobs, done, work } = asked()
    const answers = Promise.allSettled([
      jobs.ask(work('soon'), { withinMs: 1000 }),
      jobs.ask(work('later'), { withinMs: 2000 }),
    ])
    await vi.advanceTimersByTimeAsync(1000)
    expect(await jobs.serve('turn 1')).toBe('passed')
    await vi.advanceTimersByTimeAsync(5000)
    expect(await answers).toMatchObject([
      {
        reason: {
          code: 'MIRROR_UNAVAILABLE',
          message: 'the mirror is busy and did not get to it within 1 s; nothing was done',
        },
      },
      { value: 'later in turn 1' },
    ])
    expect(done).toEqual(['later'])
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a mirror', () => {
  test('that waits for MySQL refuses at once what is asked of it, with the reason', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = fixture.start({ url: 'mysql://nobody@127.0.0.1:1/none' })
    // The first was accepted before anybody knew.
    const early = Promise.allSettled([mirror.retryParked()])
    await statusBecomes(mirror, ({ state }) => state === 'waiting')
    const refused = {
      code: 'MIRROR_UNAVAILABLE',
      message:
        'the mirror waits and tries again by itself: MySQL on 127.0.0.1 cannot be reached (ECONNREFUSED); see to that, then ask again',
    }
    expect(await early).toMatchObject([{ reason: refused }])
    await expect(mirror.retryParked()).rejects.toMatchObject(refused)
    await expect(mirror.rebuild('products')).rejects.toMatchObject(refused)
    await expect(mirror.settle('products', ['tea'], true)).rejects.toMatchObject(refused)
  })

  test('that waits for its tables names them', async () => {
    await using fixture = await createMirrorFixture()
    await fixture.db.query('CREATE VIEW product AS SELECT 1 AS id')
    const mirror = fixture.start()
    await statusBecomes(mirror, ({ state }) => state === 'waiting')
    await expect(mirror.rebuild('products')).rejects.toMatchObject({
      code: 'MIRROR_TABLES',
      message: expect.stringContaining('product is a view, not a table') as string,
    })
  })

  test('repairs nothing for one who has given up while it was busy', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'))
    const mirror = fixture.start()
    await mirror.level()
    await db.query("UPDATE product SET name = 'by hand'")
    const busy = await MysqlSession.open(parseMysqlUrl(db.url))
    const given = await busy.transaction(async () => {
      await busy.rows(`SELECT name FROM ${STATE_TABLE.name} FOR UPDATE`)
      feed.put('products', product('rice'))
      // The first one is under way and waits for the state.
      const first = mirror.settle('products', ['rice'], false)
      const controller = new AbortController()
      const second = mirror.settle('products', ['tea'], true, controller.signal)
      controller.abort(new Error('enough'))
      return { first, second: Promise.allSettled([second]) }
    })
    busy.destroy()
    expect(await given.second).toMatchObject([{ reason: { message: 'enough' } }])
    await given.first
    await mirror.level()
    expect(await db.query("SELECT name FROM product WHERE id = 'tea'")).toEqual([{ name: 'by hand' }])
  })
})

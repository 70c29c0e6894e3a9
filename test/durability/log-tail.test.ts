/**
 * What a power cut may do to a log: its end is missing, or is anything. Up to the last acknowledged commit the log was
 * synced and is whole; behind that everything is tried here.
 */
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRandom, type SeededRandom } from '../../scripts/demo/seeded-random.ts'
import { proofCount, proofTimeout } from '../support/proof-scale.ts'
import { expectPrefix } from './support/expect-prefix.ts'
import { openStore, perform } from './support/open-store.ts'
import { History, toBursts } from './support/history.ts'
import { copyStore, folderInMemory } from './support/store-files.ts'
import { readWal } from './support/wal-file.ts'

const CUTS = proofCount(500)
const CHANGES = proofCount(200)

interface Recorded {
  readonly history: History
  /** The files as they were with everything written. */
  readonly file: string
  /** The current log's acknowledged commits: where each ends, and how many operations were acknowledged with it. */
  readonly commits: readonly { readonly end: number; readonly acknowledged: number }[]
  readonly frameEnds: readonly number[]
}

describe('a log whose end a power cut took', () => {
  it(
    `gives back every commit before the cut, and a prefix of all: ${CUTS} cuts`,
    () =>
      damageLogs(CUTS, 1, (log, { from, frameEnds, random }) => {
        // At a frame's end or a few bytes beside it; else anywhere.
        const near = random.pick(frameEnds.filter((end) => end >= from)) + random.below(9) - 4
        const anywhere = from + random.below(statSync(log).size - from + 1)
        truncateSync(log, Math.max(from, random.below(3) === 0 ? anywhere : near))
      }),
    proofTimeout(20_000),
  )

  it(
    `gives back every commit before a byte that has changed: ${CHANGES} bytes`,
    () =>
      damageLogs(CHANGES, 2, (log, { from, random }) => {
        const bytes = readFileSync(log)
        const at = from + random.below(bytes.length - from)
        bytes[at]! ^= 1 + random.below(255)
        writeFileSync(log, bytes)
      }),
    proofTimeout(20_000),
  )

  it(
    `believes nothing that stands behind its end: ${CHANGES} ends`,
    () =>
      damageLogs(CHANGES, 3, (log, { from, random }) => {
        const bytes = readFileSync(log)
        // Old frames of the same log look most like new ones.
        const start = random.below(from)
        const old = bytes.subarray(start, start + random.below(bytes.length - start))
        const noise = Buffer.from(Array.from({ length: 1 + random.below(20_000) }, () => random.below(256)))
        writeFileSync(log, Buffer.concat([bytes.subarray(0, from), random.pick([old, noise])]))
      }),
    proofTimeout(20_000),
  )
})

interface Damage {
  /** Where the last commit ends that must survive. */
  readonly from: number
  readonly frameEnds: readonly number[]
  readonly random: SeededRandom
}

async function damageLogs(count: number, seed: number, damage: (log: string, where: Damage) => void): Promise<void> {
  const folder = folderInMemory()
  const random = createRandom(seed)
  let recorded: Recorded | undefined
  try {
    for (let i = 0; i < count; i++) {
      if (i % 25 === 0) recorded = await record(join(folder.path, 'recorded'), seed * 1000 + i)
      const { history, file, commits, frameEnds } = recorded!
      // Not the last one: something must be there to be damaged.
      const { end: from, acknowledged } = commits[random.below(commits.length - 1)]!
      const copy = copyStore(file, join(folder.path, 'copy'))
      damage(`${copy}-wal`, { from, frameEnds, random })
      await expectPrefix(copy, history, acknowledged, history.operations.length)
    }
  } finally {
    folder.remove()
  }
}

/** A store that has been written to, some of it in its database, some in its log, with older commits behind the log's end. */
async function record(path: string, seed: number): Promise<Recorded> {
  const live = `${path}.live`
  copyStore('', live)
  const history = new History(seed)
  const open = await openStore(join(live, 'store.sqlite'))
  const { store } = open
  const log = `${store.file}-wal`
  try {
    // Every commit moves the log into the database, after a first one that makes the log long.
    for (const operation of history.next(0, 60)) await perform(open, operation)
    store.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()
    store.prepare('PRAGMA wal_autocheckpoint = 0').get()
    const commits: { end: number; acknowledged: number }[] = []
    let acknowledged = 60
    for (const burst of toBursts(history.next(60, 25), 4)) {
      await Promise.all(burst.map((operation) => perform(open, operation)))
      acknowledged += burst.length
      commits.push({ end: readWal(log).committedEnd, acknowledged })
    }
    const ends = commits.map(({ end }) => end)
    expect(ends, 'each acknowledgement comes after its commit is in the log').toEqual(
      [...new Set(ends)].toSorted((a, b) => a - b),
    )
    const { ends: frameEnds } = readWal(log)
    const file = copyStore(store.file, path)
    return { history, file, commits, frameEnds }
  } finally {
    store.close()
  }
}

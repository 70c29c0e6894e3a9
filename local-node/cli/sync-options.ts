/** Values of the options of synchronisation, checked before anything is done. */
import { InvalidArgumentError } from 'commander'
import { SYNC_DEFAULTS } from '../sync/sync-defaults.ts'

export function parseBatch(text: string): number {
  const documents = Number(text)
  if (!/^\d+$/.test(text) || documents < 1 || documents > SYNC_DEFAULTS.largestBatchSize) {
    throw new InvalidArgumentError(`It must be a number of documents from 1 to ${SYNC_DEFAULTS.largestBatchSize}.`)
  }
  return documents
}

/** `22:00-06:00`, or `always` for none. */
export function parseWindow(text: string): { from: string; to: string } | null {
  if (text === 'always') return null
  const found = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text)
  if (!found) throw new InvalidArgumentError('It must be two times of day such as 22:00-06:00, or always.')
  return { from: found[1]!, to: found[2]! }
}

/** Names with commas between them, or `default`. */
export function parseNames(text: string): string[] | null {
  if (text === 'default') return null
  const names = text.split(',').map((name) => name.trim())
  if (names.includes(''))
    throw new InvalidArgumentError('It must be names of collections with commas between them, or default.')
  return names
}

/** kB a second, or `unlimited`. */
export function parseBandwidth(text: string): number | null {
  if (text === 'unlimited') return null
  const rate = Number(text)
  if (!Number.isFinite(rate) || rate < 1 || rate > 1_000_000) {
    throw new InvalidArgumentError('It must be kilobytes a second from 1 to 1000000, or unlimited.')
  }
  return rate
}

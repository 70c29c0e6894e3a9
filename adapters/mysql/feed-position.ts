/** Whether a stored position lies on a store's own history: the epochs that it lists, each up to its end. */
import type { Epoch } from '../../schemas/brand.ts'
import type { ChangeFeed, FeedPosition } from './change-feed.ts'

/** `false` when the store was restored or replaced: the position comes from a future that this store does not have. */
export function isOnHistory(feed: ChangeFeed, position: FeedPosition): boolean {
  const epochs = feed.epochs()
  const index = epochs.findLastIndex(({ epoch }) => epoch === position.epoch)
  if (index === -1) return false
  const next = epochs[index + 1]
  return position.seq <= (next ? next.firstSeq - 1 : feed.head().seq)
}

/** The position of a seq: with the epoch that wrote it; before the first write with the oldest epoch. */
export function positionAt(feed: ChangeFeed, seq: number): FeedPosition {
  const epochs = feed.epochs()
  const epoch: Epoch =
    epochs.findLast(({ firstSeq }) => firstSeq <= seq)?.epoch ?? epochs[0]?.epoch ?? feed.head().epoch
  return { epoch, seq }
}

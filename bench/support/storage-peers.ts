/** The storages that are compared. */
import { rawSqlitePeer } from './raw-sqlite-peer.ts'
import { dexiePeer, memoryPeer, outpostAlonePeer, outpostPeer, outpostUncachedPeer } from './rx-storage-peer.ts'
import type { StoragePeer } from './storage-peer.ts'

export const STORAGE_PEERS: readonly StoragePeer[] = [
  memoryPeer,
  dexiePeer,
  rawSqlitePeer,
  outpostPeer,
  outpostUncachedPeer,
  outpostAlonePeer,
]

/**
 * This device's link to its node. One tab, the leader, replicates and listens for all tabs: a browser opens at most six
 * connections to one address, and every tab with its own streams would soon leave none for the data.
 */
import { signal, type ReadonlySignal } from '@preact/signals'
import { RxDBLeaderElectionPlugin } from 'rxdb/plugins/leader-election'
import { addRxPlugin } from 'rxdb'
import {
  replicateWithNode,
  type NodeReplication,
  type NodeReplicationStatus,
  type OpenNudges,
} from '../../../adapters/http/replication-client.ts'
import { watchStatus, type Heard, type LiveStatus } from '../../../adapters/ui/live-status.ts'
import type { BranchNodeStatus } from '../../../schemas/protocol/status.ts'
import type { BranchStore } from '../store/branch-store.ts'
import type { DeviceAccess } from '../staff/device-access.ts'
import { noteOutdated } from '../versions/app-update.ts'
import { hearStateMessage, toStateMessage, type LinkState, type TabMessage } from './tab-messages.ts'
import { onDoubt } from '../../../adapters/ui/on-doubt.ts'
import { pageNow } from '../../../adapters/ui/page-clock.ts'

addRxPlugin(RxDBLeaderElectionPlugin)

/**
 * Collections without a stream of nudges of their own: each takes one of the six connections for good, and with one for
 * every collection none would be left for the data. The node tells its status at every commit; what is in these is
 * little and seldom changes, so they are asked for then.
 */
const NUDGED_BY_STATUS: ReadonlySet<string> = new Set(['decisions', 'requests'])

export interface SyncLink {
  readonly state: ReadonlySignal<LinkState>
  readonly heard: ReadonlySignal<Heard<BranchNodeStatus> | undefined>
  resync(): void
}

/** How a node says that it does not let this device in. */
const NOT_LET_IN: ReadonlySet<string> = new Set(['NOT_PAIRED', 'UNAUTHENTICATED', 'LOGIN_NEEDED'])

/** @param access hears of each refusal; while it knows that the device is shut out, nothing is asked */
export function openSyncLink(store: BranchStore, access: DeviceAccess): SyncLink {
  const isShutOut = () => access.paired.peek() === false
  const state = signal<LinkState>({ reachable: undefined, unsent: undefined, refused: [] })
  const heard = signal<Heard<BranchNodeStatus> | undefined>(undefined)
  const channel = new BroadcastChannel(`outpost-sync-${store.session.branchId}`)
  let replications: NodeReplication[] | undefined

  const tellTabs = () => {
    channel.postMessage(toStateMessage(state.value, heard.value, pageNow()))
  }
  channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => {
    if (data.kind === 'state') {
      if (replications) return
      state.value = data.state
      heard.value = hearStateMessage(data, store.clock, pageNow()) ?? heard.value
    } else if (replications) {
      if (data.kind === 'hello') tellTabs()
      // It was let in again through another tab.
      else if (isShutOut()) void access.refresh()
      else for (const replication of replications) replication.resync()
    }
  })
  channel.postMessage({ kind: 'hello' } satisfies TabMessage)

  void store.database.waitForLeadership().then(() => {
    const byCollection = new Map<string, NodeReplicationStatus>()
    let live: LiveStatus<BranchNodeStatus> | undefined
    const nudgedByStatus: NodeReplication[] = []
    const publish = () => {
      state.value = combined(store, byCollection, live?.stream.value ?? 'broken')
      heard.value = live?.heard.value ?? heard.value
      tellTabs()
    }
    const watch = () => {
      live = watchStatus<BranchNodeStatus>()
      live.heard.subscribe((latest) => {
        // The node's clock is better than a tablet's: it hears headquarters.
        if (latest) store.clock.hear(Date.parse(latest.status.time))
        for (const replication of nudgedByStatus) replication.resync()
        publish()
      })
      live.stream.subscribe((stream) => {
        if (stream === 'open') for (const replication of replications ?? []) replication.resync()
        publish()
      })
    }
    onDoubt(() => live?.doubt())
    access.paired.subscribe((paired) => {
      if (paired !== false) return live ? undefined : watch()
      live?.close()
      live = undefined
      publish()
    })
    replications = store.declarations.map((declaration) => {
      const isNudgedByStatus = NUDGED_BY_STATUS.has(declaration.name)
      const replication = replicateWithNode({
        collection: store.database[declaration.name]!,
        declaration,
        baseUrl: '',
        fetch: (url, init) => (isShutOut() ? Promise.reject(new Error('shut out')) : fetch(url, init)),
        ...(!isNudgedByStatus && { openNudges: (url, on) => (isShutOut() ? failAtOnce(on) : openNudges(url, on)) }),
        signal: new AbortController().signal,
        onStatus: (status) => {
          byCollection.set(declaration.name, status)
          publish()
          if (status.problem && NOT_LET_IN.has(status.problem.code)) access.doubt()
          if (status.problem?.code === 'PROTOCOL_OUTDATED') noteOutdated(store.declarations)
        },
      })
      if (isNudgedByStatus) nudgedByStatus.push(replication)
      return replication
    })
  })

  return {
    state,
    heard,
    resync: () => {
      if (replications) for (const replication of replications) replication.resync()
      else channel.postMessage({ kind: 'resync' } satisfies TabMessage)
    },
  }
}

/** The status stream says soonest that the node is gone; before it has spoken, the replications do. */
function combined(
  store: BranchStore,
  byCollection: ReadonlyMap<string, NodeReplicationStatus>,
  stream: 'connecting' | 'open' | 'broken',
): LinkState {
  const statuses = [...byCollection.values()]
  const looked = store.declarations.every(({ name }) => byCollection.get(name)?.unsent)
  const answered = statuses.map((status) => status.reachable).filter((reachable) => reachable !== undefined)
  return {
    reachable: stream === 'connecting' ? answered.at(-1) : stream === 'open',
    unsent: looked
      ? Object.fromEntries([...byCollection].map(([name, status]) => [name, status.unsent ?? []]))
      : undefined,
    refused: statuses.flatMap((status) => status.refused),
  }
}

const openNudges: OpenNudges = (url, on) => {
  const source = new EventSource(url)
  source.addEventListener('open', on.opened)
  source.addEventListener('message', on.nudged)
  source.addEventListener('error', on.failed)
  return () => source.close()
}

function failAtOnce(on: Parameters<OpenNudges>[1]): () => void {
  queueMicrotask(on.failed)
  return () => undefined
}

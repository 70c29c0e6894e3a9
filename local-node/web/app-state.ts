/** What the screens share: the store, its live documents, the link, the draft, and where the person is. */
import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import type { OrderDocument } from '../../schemas/collections/orders.ts'
import type { ProductDocument } from '../../schemas/collections/products.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { BranchStore } from './branch-store.ts'
import type { DeviceAccess } from './device-access.ts'
import { createMemberBalances, type MemberBalances } from './member-balances.ts'
import { createMembersHere, type MembersHere } from './members-here.ts'
import { liveDocuments, type LiveDocuments } from './live-documents.ts'
import type { OrderDraft } from './order-draft.ts'
import { randomId } from './random.ts'
import { openSyncLink, type SyncLink } from './sync-link.ts'
import { unsentOrders } from './unsent-orders.ts'

export const SCREENS = ['members', 'order', 'today', 'requests', 'staff', 'me'] as const
export type Screen = (typeof SCREENS)[number]

/** Where the person is; a member is named by any id that it ever had. */
export interface Place {
  readonly screen: Screen
  readonly memberId?: string
}

export interface AppState {
  readonly access: DeviceAccess
  readonly store: BranchStore
  readonly members: LiveDocuments<MemberDocument>
  readonly products: LiveDocuments<ProductDocument>
  readonly requests: LiveDocuments<RequestDocument>
  /** Whether members and decisions are read: before that, a number may look free that somebody holds. */
  readonly ready: ReadonlySignal<boolean>
  /** Who is who, by the decisions that are here. */
  readonly here: ReadonlySignal<MembersHere>
  readonly balances: MemberBalances
  /** This device's orders that the node has not confirmed. */
  readonly unsentOrders: ReadonlySignal<readonly OrderDocument[]>
  readonly link: SyncLink
  readonly place: Signal<Place>
  readonly draft: Signal<OrderDraft>
  /** What is typed into the phone field; stays while somebody looks at another screen. */
  readonly phoneText: Signal<string>
}

export function createAppState(store: BranchStore, access: DeviceAccess): AppState {
  const place = signal(placeOfHash())
  addEventListener('hashchange', () => (place.value = placeOfHash()))
  const members = liveDocuments(store.members)
  const decisions = liveDocuments(store.decisions)
  const link = openSyncLink(store, access)
  // Meanwhile the node may have changed who may log in.
  const reachable = computed(() => link.state.value.reachable)
  effect(() => {
    if (reachable.value !== undefined) void access.refresh()
  })
  access.paired.subscribe((paired) => {
    if (paired === true) link.resync()
  })
  return {
    access,
    store,
    members,
    products: liveDocuments(store.products),
    requests: liveDocuments(store.requests),
    ready: computed(() => members.loaded.value && decisions.loaded.value),
    here: computed(() => {
      void decisions.version.value
      void decisions.loaded.value
      return createMembersHere(store.session, members.byId, decisions.byId.values())
    }),
    balances: createMemberBalances(),
    unsentOrders: unsentOrders(store, link),
    link,
    place,
    draft: signal(newDraft()),
    phoneText: signal(''),
  }
}

export function newDraft(): OrderDraft {
  return { id: randomId(), lines: [] }
}

export function goTo(screen: Screen): void {
  location.hash = hashOf({ screen })
}

/** An id is no phone, so it may stand in an address. */
export function hashOf({ screen, memberId }: Place): string {
  return `#/${screen}${memberId === undefined ? '' : `/${encodeURIComponent(memberId)}`}`
}

function placeOfHash(): Place {
  const [name, memberId] = location.hash.replace(/^#\/?/, '').split('/')
  const screen = SCREENS.find((one) => one === name) ?? 'members'
  return screen === 'members' && memberId ? { screen, memberId: decoded(memberId) } : { screen }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

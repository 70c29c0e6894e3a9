/** What the screens share: the store, its live documents, the link, the draft, and where the person is. */
import type { RxCollection } from 'rxdb'
import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import type { DecisionDocument } from '../../../schemas/collections/decisions.ts'
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import type { ProductDocument } from '../../../schemas/collections/products.ts'
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import type { BranchStore } from '../store/branch-store.ts'
import type { DeviceAccess } from '../staff/device-access.ts'
import { createMemberBalances, type MemberBalances } from '../members/member-balances.ts'
import { createMembersHere, type MembersHere } from '../members/members-here.ts'
import { openCardIndex, type CardIndex } from '../store/card-index.ts'
import { openCardMemory } from '../store/card-memory.ts'
import { MEMBER_CARD_FORMAT, toMemberCard, type MemberCard } from '../members/member-card.ts'
import { ORDER_CARD_FORMAT, toOrderCard, type OrderCard } from '../orders/order-card.ts'
import type { OrderDraft } from '../orders/order-draft.ts'
import { openOrderDraft } from '../orders/order-draft-memory.ts'
import { openSyncLink, type SyncLink } from '../node/sync-link.ts'
import { unsentOrders } from '../orders/unsent-orders.ts'

export const SCREENS = [
  'members',
  'order',
  'orders',
  'today',
  'sync',
  'health',
  'requests',
  'staff',
  'settings',
  'me',
] as const
export type Screen = (typeof SCREENS)[number]
/** Lists whose items have a page each. */
const HAS_PAGES: ReadonlySet<Screen> = new Set<Screen>(['members', 'orders'])

/** Where the person is; a member is named by any id that it ever had, an order by its own. */
export interface Place {
  readonly screen: Screen
  readonly id?: string
}

export interface AppState {
  readonly access: DeviceAccess
  readonly store: BranchStore
  readonly members: CardIndex<MemberCard>
  readonly orders: CardIndex<OrderCard>
  readonly products: CardIndex<ProductDocument>
  readonly requests: CardIndex<RequestDocument>
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
  const members = openCardIndex({
    collection: store.members,
    toCard: toMemberCard,
    memory: openCardMemory<MemberCard>({ ...memoryOf(store), collection: 'members', format: MEMBER_CARD_FORMAT }),
  })
  const orders = openCardIndex({
    collection: store.orders,
    toCard: toOrderCard,
    memory: openCardMemory<OrderCard>({ ...memoryOf(store), collection: 'orders', format: ORDER_CARD_FORMAT }),
  })
  const decisions = wholeDocuments<DecisionDocument>(store.decisions)
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
    orders,
    products: wholeDocuments<ProductDocument>(store.products),
    requests: wholeDocuments<RequestDocument>(store.requests),
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
    draft: openOrderDraft(store.session.branchId),
    phoneText: signal(''),
  }
}

/** Of collections that are small. */
function wholeDocuments<Document extends { id: string }>(collection: RxCollection<Document>): CardIndex<Document> {
  return openCardIndex({ collection, toCard: (document) => document })
}

function memoryOf({ session, database }: BranchStore): { branchId: string; token: Promise<string> } {
  return { branchId: session.branchId, token: database.storageToken }
}

export function goTo(screen: Screen): void {
  location.hash = hashOf({ screen })
}

/** An id is no phone, so it may stand in an address. */
export function hashOf({ screen, id }: Place): string {
  return `#/${screen}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`
}

function placeOfHash(): Place {
  const [name, id] = location.hash.replace(/^#\/?/, '').split('/')
  const screen = SCREENS.find((one) => one === name) ?? 'members'
  return HAS_PAGES.has(screen) && id ? { screen, id: decoded(id) } : { screen }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

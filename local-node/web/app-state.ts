/** What the screens share: the store, its live documents, the link, the draft, and where the person is. */
import { signal, type Signal } from '@preact/signals'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import type { ProductDocument } from '../../schemas/collections/products.ts'
import type { BranchStore } from './branch-store.ts'
import { createMemberBalances, type MemberBalances } from './member-balances.ts'
import { liveDocuments, type LiveDocuments } from './live-documents.ts'
import type { OrderDraft } from './order-draft.ts'
import { randomId } from './random.ts'
import { openSyncLink, type SyncLink } from './sync-link.ts'

export const SCREENS = ['members', 'order', 'today'] as const
export type Screen = (typeof SCREENS)[number]

export interface AppState {
  readonly store: BranchStore
  readonly members: LiveDocuments<MemberDocument>
  readonly products: LiveDocuments<ProductDocument>
  readonly balances: MemberBalances
  readonly link: SyncLink
  readonly screen: Signal<Screen>
  readonly draft: Signal<OrderDraft>
  /** What is typed into the phone field; stays while somebody looks at another screen. */
  readonly phoneText: Signal<string>
}

export function createAppState(store: BranchStore): AppState {
  const screen = signal(screenOfHash())
  addEventListener('hashchange', () => (screen.value = screenOfHash()))
  return {
    store,
    members: liveDocuments(store.members),
    products: liveDocuments(store.products),
    balances: createMemberBalances(),
    link: openSyncLink(store),
    screen,
    draft: signal(newDraft()),
    phoneText: signal(''),
  }
}

export function newDraft(): OrderDraft {
  return { id: randomId(), lines: [] }
}

export function goTo(screen: Screen): void {
  location.hash = `#/${screen}`
}

function screenOfHash(): Screen {
  const name = location.hash.replace(/^#\/?/, '')
  return SCREENS.find((screen) => screen === name) ?? 'members'
}

/**
 * What decisions say, and whose a document is because of them.
 *
 * A *number* is a phone in a scope and generation; its id is the member id that registering it makes. Each effect sets one
 * thing (where an id leads, who holds a number, whose a registration is), and of two decisions the one with the larger
 * number holds: so the order in which decisions arrive does not matter.
 */

/** From then on an id stands for another member; `to` itself leads nowhere else. */
export interface Redirect {
  readonly id: string
  readonly to: string
}

/** What has become of a number. Untouched numbers are open and held by whoever registers them. */
export interface NumberEffect {
  readonly id: string
  /** Whether a registration that arrives under this id for the first time is nobody's. */
  readonly closed: boolean
  /** The member that holds it though it was registered as another one; a closed number without one is over. */
  readonly holder?: string
  /** The registrations that were known under this id when it was closed. */
  readonly known: readonly string[]
}

/** The home of a registration for branches that may not know whose it is. */
export const SOMEBODY_ELSE = '-'

/** Whose a registration is, wherever it was made. */
export interface Home {
  readonly registrationId: string
  readonly to: string
}

export interface IdentityEffects {
  readonly redirects: readonly Redirect[]
  readonly numbers: readonly NumberEffect[]
  readonly homes: readonly Home[]
  readonly erased: readonly string[]
}

export const NO_EFFECTS: IdentityEffects = { redirects: [], numbers: [], homes: [], erased: [] }

/** What the decisions up to some number say; where they say nothing, ids stand for themselves. */
export interface IdentityView {
  redirectOf(id: string): string | undefined
  numberOf(id: string): NumberEffect | undefined
  homeOf(registrationId: string): string | undefined
}

/**
 * Today's member for any id ever used: one step, as decisions leave no redirect to what leads on. A branch that has
 * heard only some of them yet may have to take more.
 */
export function resolveMember(view: IdentityView, id: string): string {
  let current = id
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = view.redirectOf(current)
    if (next === undefined || next === current) break
    current = next
  }
  return current
}

const MOST_STEPS = 16

/**
 * The member that a document counts for, from the member id and the registration that it was written with; `undefined`
 * for one that is held, as nobody knows whose its registration is.
 */
export function memberOfDocument(
  view: IdentityView,
  memberId: string,
  registrationId: string | undefined,
): string | undefined {
  const registered = registrationId !== undefined && registrationId !== ''
  const home = registered ? view.homeOf(registrationId) : undefined
  if (home !== undefined) return resolveMember(view, home)
  const number = view.numberOf(memberId)
  if (registered && number?.closed === true && !number.known.includes(registrationId)) return undefined
  return resolveMember(view, memberId)
}

/** Who holds a number; `undefined` when it is over. A number that nobody has registered is held by its own id. */
export function holderOf(view: IdentityView, number: string): string | undefined {
  const effect = view.numberOf(number)
  if (!effect || !effect.closed) return resolveMember(view, number)
  return effect.holder === undefined ? undefined : resolveMember(view, effect.holder)
}

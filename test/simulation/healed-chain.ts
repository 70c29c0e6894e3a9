/** What must hold once every branch has synchronised until nobody has anything left. Each finding is a sentence. */
import { declarationOf } from '../../adapters/exchange/replica.ts'
import { shownBalance } from '../../adapters/exchange/shown-balance.ts'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import { addContribution, NO_BALANCE, type Balance } from '../../schemas/contribution.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import { memberOfDocument } from '../../schemas/identity.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import type { SimulatedBranch } from '../support/simulated-chain.ts'
import { checkMembers } from './healed-members.ts'
import type { SimulatedWorld } from './simulated-world.ts'

const ALL = 'deleted IN (0, 1)'

/** Heals the chain and says everything that is wrong with it then. */
export async function checkHealed(world: SimulatedWorld): Promise<string[]> {
  const { chain } = world
  await chain.heal()
  for (const at of chain.branches) world.observer.check(at)
  const astray = world.observer.astray().map((id) => `nobody knows what ${id} has to show`)
  const found = [...world.wrong, ...checkReplicas(world), ...astray]
  // Everything else follows from equal replicas, and would only repeat what is wrong with them.
  if (found.length === 0) found.push(...checkBalances(world), ...checkMembers(world), ...checkArrivals(world))
  const heads = () => JSON.stringify([chain.cloud, ...chain.branches.map(({ branch }) => branch)].map(headOf))
  const before = heads()
  for (const { cycle } of chain.branches) await cycle.run()
  if (heads() !== before) found.push(`a repeat of all syncs wrote something: ${before} became ${heads()}`)
  return found
}

function checkReplicas({ chain }: SimulatedWorld): string[] {
  const found = chain.cloud.exceptions.list().filter(isUnexpected).map(canonicalJson)
  for (const at of chain.branches) {
    const { branch, cycle } = at
    const { lastError, verdict } = cycle.status()
    if (lastError) found.push(`${at.id} ends with ${lastError.code}: ${lastError.message}`)
    if (verdict.state !== 'in-sync') found.push(`${at.id} is told that it is ${verdict.state}`)
    if (branch.backlog().documents > 0) found.push(`${at.id} has ${branch.backlog().documents} documents left to send`)
    if (branch.openReceipts().length > 0) found.push(`${at.id} has receipts left`)
    found.push(...branch.exceptions.list().filter(isUnexpected).map(canonicalJson), ...differences(at, chain.cloud))
  }
  return found
}

function isUnexpected({ direction, code }: { direction: string; code: string }): boolean {
  return direction !== 'here' || code !== 'ORDER_STATE_CONFLICT'
}

function differences(at: SimulatedBranch, cloud: SimulatedWorld['chain']['cloud']): string[] {
  const { store } = at.branch.replica
  return store.declarations.flatMap((declaration) => {
    const { name } = declaration
    const mine = (scope: string) => scope === SHARED_SCOPE || scope === at.id
    // Of what was purged at headquarters a branch may still have the tombstone.
    const isPurged = ({ id, doc }: { id: string; doc: Doc }) =>
      doc['_deleted'] === true && cloud.deleted.find(declaration, id) !== undefined
    const rows = store.table(name).rowsAfter(0, 10_000)
    const here = states(rows.filter((row) => !isPurged(row)))
    const inScope = cloud.replica.store
      .table(name)
      .rowsAfter(0, 10_000)
      .filter(({ scope }) => mine(scope))
    const there = states(inScope)
    return [...new Set([...here.keys(), ...there.keys()])]
      .filter((id) => here.get(id) !== there.get(id))
      .map((id) => `${name}/${id} differs\n  at ${at.id}: ${here.get(id)}\n  at headquarters: ${there.get(id)}`)
  })
}

function states(rows: readonly { id: string; doc: Doc }[]): Map<string, string> {
  return new Map(rows.map(({ id, doc }) => [id, canonicalJson(replicatedState(doc))]))
}

/** Every balance is the sum over everything that headquarters has accepted, and every branch shows the same. */
function checkBalances(world: SimulatedWorld): string[] {
  const { chain } = world
  const { book } = chain.identity
  const { store } = chain.cloud.replica
  const sums = new Map<string, Balance>()
  for (const declaration of store.declarations) {
    for (const doc of store.table(declaration.name).select('deleted = 0', '', [])) {
      const contribution = declaration.contribution?.(doc)
      const member = contribution && memberOfDocument(book, contribution.memberId, contribution.registrationId)
      if (member !== undefined) sums.set(member, addContribution(sums.get(member) ?? NO_BALANCE, contribution!, 1))
    }
  }
  const members = world.documents(undefined, 'members', ALL) as unknown as MemberDocument[]
  return members.flatMap(({ id, scope, balance = NO_BALANCE }) => {
    const sum = canonicalJson(sums.get(id) ?? NO_BALANCE)
    const found =
      canonicalJson(balance) === sum ? [] : [`${id} has ${canonicalJson(balance)}, its documents sum to ${sum}`]
    for (const at of chain.branches) {
      const isHere = (scope === SHARED_SCOPE || scope === at.id) && at.book.redirectOf(id) === undefined
      const shown = canonicalJson(shownBalance(at.branch, id))
      if (isHere && shown !== sum) found.push(`${at.id} shows ${shown} of ${id}, its documents sum to ${sum}`)
    }
    return found
  })
}

/** What a store has acknowledged is at headquarters; of a registration at least that it was made, unless it was erased. */
function checkArrivals(world: SimulatedWorld): string[] {
  const { chain } = world
  const { store } = chain.cloud.replica
  const requests = world.documents(undefined, 'requests', ALL) as unknown as RequestDocument[]
  const undecided = requests.filter(({ state, ...doc }) => state === undefined && !('e' in clockOf(doc)))
  const found = undecided.map(({ id }) => `headquarters has said nothing to request ${id}`)
  const everything = JSON.stringify([world.documents(undefined, 'members', ALL), requests])
  const hasErased = (store.prepare('SELECT count(*) AS n FROM erased_member').get() as { n: number }).n > 0
  for (const [what, branchId] of world.acknowledged) {
    const [collection, id] = what.split('/')
    const arrived = id === undefined ? hasErased || everything.includes(what) : isKnown(chain.cloud, collection!, id)
    if (!arrived) found.push(`${what} of ${branchId} has not arrived at headquarters`)
  }
  return found
}

/** There, or deleted for so long that only this is known of it. */
function isKnown({ replica, deleted }: SimulatedWorld['chain']['cloud'], collection: string, id: string): boolean {
  return (
    replica.store.table(collection).row(id) !== undefined ||
    deleted.find(declarationOf(replica, collection), id) !== undefined
  )
}

function clockOf(doc: object): object {
  return (doc as { clock?: object }).clock ?? {}
}

function headOf({ replica }: { replica: SimulatedBranch['branch']['replica'] }): number {
  return replica.store.head().seq
}

/**
 * What is erased is erased among the exceptions too: a document that failed stands there as it was, with name and phone.
 * It holds in whichever order the failure, the decision and the erased document arrive.
 */
import { isErased } from '../../schemas/erasure.ts'
import { resolveMember } from '../../schemas/identity.ts'
import { isRecord } from '../../schemas/json.ts'
import type { Exceptions, FailedDocument } from '../exchange/exceptions.ts'
import type { Store } from '../sqlite/store.ts'
import type { IdentityBook } from './identity-book.ts'

/** Where a request names members: as ids, the number that it would give up among them. */
const MEMBERS_OF_REQUEST = ['memberId', 'into', 'from']

/** Call once for a store, after its book was opened. */
export function forgetErased(store: Store, book: IdentityBook, exceptions: Exceptions): void {
  const personal = store.declarations.filter(({ merge }) => merge.erasure).map(({ name }) => name)
  const forgetAll = () => {
    for (const name of personal) exceptions.forget(name)
  }
  const isErasedMember = (id: unknown) =>
    typeof id === 'string' && (book.isErased(id) || book.isErased(resolveMember(book, id)))

  const isForgotten = ({ collection, id, document }: FailedDocument): boolean => {
    const declaration = store.declarations.find(({ name }) => name === collection)
    if (!declaration?.merge.erasure) return false
    const stored = store.table(collection).get(id)
    if (stored && isErased(stored)) return true
    if (declaration.holdsBalance === true) return isErasedMember(id)
    if (collection !== 'requests') return false
    const said: unknown = document === undefined ? stored : JSON.parse(document)
    return isRecord(said) && MEMBERS_OF_REQUEST.some((field) => isErasedMember(said[field]))
  }

  exceptions.keepNothingOf(isForgotten)
  book.onDecision(({ erased, redirects }) => {
    if (erased.length > 0 || redirects.some(({ to }) => book.isErased(to))) forgetAll()
  })
  store.derive((_write, changes) => {
    const newly = changes.filter(({ doc, previous }) => isErased(doc) && !(previous && isErased(previous)))
    for (const name of new Set(newly.map(({ table }) => table.name))) exceptions.forget(name)
  })
  // What was erased before anybody looked here.
  store.transaction('exceptions', forgetAll)
}

/** Tries again what a client had sent and the node had refused: it is taken as if it had just come. */
import type { Doc } from '../../schemas/json.ts'
import type { Exceptions } from '../exchange/exceptions.ts'
import { declarationOf, type Replica } from '../exchange/replica.ts'
import { ClientPush, type EndpointClient } from './client-push.ts'

/** What is refused once more stands among the exceptions afterwards, parked as before. */
export type TakeKept = (collection: string, branchId: string, document: Doc) => void

/** @param clientOf on whose behalf a branch's clients write */
export function takeKept(
  { replica, exceptions }: { readonly replica: Replica; readonly exceptions: Exceptions },
  clientOf: (branchId: string) => EndpointClient,
): TakeKept {
  return (collection, branchId, newDocumentState) => {
    const declaration = declarationOf(replica, collection)
    new ClientPush({ replica, declaration, exceptions }).take(clientOf(branchId), [{ newDocumentState }])
  }
}

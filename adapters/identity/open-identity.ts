/** The parts that decide who is who at headquarters, put together in the order in which they follow each other. */
import type { CloudIdentity } from '../exchange/cloud-side.ts'
import { Recovery } from '../exchange/recovery.ts'
import type { Replica } from '../exchange/replica.ts'
import type { SigningKey } from '../exchange/signature.ts'
import { createAdmission } from './admission.ts'
import { IdentityAuthority } from './identity-authority.ts'
import { IdentityBook } from './identity-book.ts'
import { MembersHere } from './members-here.ts'
import { RequestClerk } from './request-clerk.ts'

export interface HeadquartersIdentity extends CloudIdentity {
  readonly book: IdentityBook
  readonly authority: IdentityAuthority
  readonly clerk: RequestClerk
}

/** Call before the balances follow the store: they follow what is decided here. */
export function openHeadquartersIdentity(replica: Replica, key: SigningKey): HeadquartersIdentity {
  const book = new IdentityBook(replica.store)
  const recovery = new Recovery(replica.store)
  const authority = new IdentityAuthority(replica, new MembersHere(replica, book), key)
  const clerk = new RequestClerk(authority, recovery)
  const onRejected: CloudIdentity['onRejected'] = (declaration, id, branchId, code) => {
    if (declaration.holdsBalance) authority.joining.note(branchId, id, id, 'refused', replica.clock.wallMs(), code)
  }
  return { book, attribution: book, authority, clerk, recovery, gate: createAdmission(authority), onRejected }
}

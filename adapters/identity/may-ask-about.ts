/** Which members a branch may ask headquarters about. */
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import { resolveMember } from '../../schemas/identity.ts'
import type { IdentityAuthority } from './identity-authority.ts'

/**
 * A branch learns nothing of other branches' private members, erased ones too: not by asking for them, nor by naming an
 * id that was private to another branch before its member was shared.
 */
export function mayAskAbout({ replica, book }: IdentityAuthority, id: string, branchId: string): boolean {
  const members = replica.store.table('members')
  return [id, resolveMember(book, id)].every((one) => {
    const scope = members.row(one)?.scope ?? book.scopeOf(one) ?? SHARED_SCOPE
    return scope === SHARED_SCOPE || scope === branchId
  })
}

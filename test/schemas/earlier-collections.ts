/** All collections as earlier programs declared them. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { MEMBERS_0 } from './earlier-members.ts'

/** Before members had follow-ups. */
export const COLLECTIONS_0: readonly CollectionDeclaration[] = COLLECTIONS.map((one) =>
  one.name === 'members' ? MEMBERS_0 : one,
)

/** Members as earlier programs declared them, for stores and pages that such a program has written. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { members } from '../../schemas/collections/members.ts'
import type { MirrorMapping } from '../../schemas/mirror-mapping.ts'

const { followUps: _properties, ...properties } = members.schema.properties
const { followUps: _blank, ...blank } = members.merge.erasure!.blank
const { migrations: _migrations, ...declaration } = members

/** Before members had follow-ups. */
export const MEMBERS_0: CollectionDeclaration = {
  ...declaration,
  schema: { ...members.schema, version: 0, properties, required: without(members.schema.required as string[]) },
  merge: {
    ...members.merge,
    sets: without(members.merge.sets),
    erasure: { ...members.merge.erasure!, blank },
  },
  mirror: members.mirror!.slice(0, -1) as unknown as MirrorMapping,
}

function without(fields: readonly string[]): string[] {
  return fields.filter((field) => field !== 'followUps')
}

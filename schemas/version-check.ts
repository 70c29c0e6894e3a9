/** Whether a branch and headquarters understand each other; what is to be installed where they do not. Pure. */
import type { CollectionDeclaration } from './collection.ts'
import { OutpostError } from './outpost-error.ts'
import { PROTOCOL_VERSION, type HeartbeatRequest } from './protocol/exchange.ts'
import { VERSION } from './version.ts'

/** @throws OutpostError PROTOCOL_OUTDATED */
export function refuseOtherProtocol(protocol: number, version: string): void {
  if (protocol === PROTOCOL_VERSION) return
  const differ = `headquarters speaks protocol ${PROTOCOL_VERSION} (Outpost ${VERSION}), the branch's node protocol ${protocol} (Outpost ${version})`
  throw outdated(differ, protocol < PROTOCOL_VERSION, version)
}

/**
 * Collections that only one side has are nobody's fault: they wait until the other has them.
 *
 * @throws OutpostError PROTOCOL_OUTDATED
 */
export function refuseOtherSchemas(
  { schemas, version }: Pick<HeartbeatRequest, 'schemas' | 'version'>,
  declarations: readonly CollectionDeclaration[],
): void {
  for (const { name, schema } of declarations) {
    const theirs = schemas[name]
    if (theirs === undefined || theirs === schema.version) continue
    const differ = `headquarters knows "${name}" in version ${schema.version} (Outpost ${VERSION}), the branch's node in version ${theirs} (Outpost ${version})`
    throw outdated(differ, theirs < schema.version, version, name)
  }
}

function outdated(differ: string, isNodeOlder: boolean, version: string, collection?: string): OutpostError {
  const [where, wanted] = isNodeOlder ? ["on the branch's node", VERSION] : ['at headquarters', version]
  const isSame = VERSION === version
  const what = isSame
    ? `the versions of Outpost agree: start ${isNodeOlder ? "the branch's node" : 'headquarters'} with the same --collections file`
    : `install Outpost ${wanted} ${where}: put its files in place of the old ones, run \`npm run build\`, then start it again`
  return new OutpostError(
    'PROTOCOL_OUTDATED',
    `${differ}; ${what}`,
    collection === undefined ? {} : { field: collection },
  )
}

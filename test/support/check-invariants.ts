/**
 * Whether a chain that has come to rest keeps what must always hold (I1 to I11, as far as a final state shows them).
 * Reads the files of stopped nodes and the mirror, and computes what follows from documents from the documents again.
 */
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { canonicalJson, jsonEqual, type Doc } from '../../schemas/json.ts'
import { checkBalances, checkPhones } from './check-invariants-balances.ts'
import { checkMirror } from './check-invariants-mirror.ts'
import { digestKey, plainRows, readStoreFile, same, type FileRow, type StoreFile } from './check-invariants-store.ts'
import type { TestDatabase } from './mysql-database.ts'

export interface DocumentName {
  readonly collection: string
  readonly id: string
}

/** A write that a node has said yes to. */
export interface Acknowledged extends DocumentName {
  /** Fields that nobody has written since. */
  readonly fields?: Doc
}

export interface ChainAtRest {
  /** The store files of the stopped nodes. */
  readonly cloud: string
  readonly branches: readonly { readonly id: string; readonly file: string }[]
  readonly mysql?: TestDatabase
  readonly acknowledged?: readonly Acknowledged[]
  /** What the test expects among the exceptions; whatever else stands there is told. */
  readonly parked?: readonly DocumentName[]
  readonly declarations?: readonly CollectionDeclaration[]
}

/** @returns one sentence for everything that is wrong; none when all holds */
export async function checkInvariants(chain: ChainAtRest): Promise<string[]> {
  const { mysql, declarations = COLLECTIONS } = chain
  const cloud = readStoreFile('headquarters', chain.cloud, declarations)
  const branches = chain.branches.map(({ id, file }) => ({ id, store: readStoreFile(id, file, declarations) }))
  const stores = [cloud, ...branches.map(({ store }) => store)]
  return [
    ...stores.flatMap(({ violations }) => violations),
    ...stores.flatMap((store) => checkExceptions(store, chain.parked ?? [])),
    ...(chain.acknowledged ?? []).flatMap((one) => checkAcknowledged(one, cloud, stores)),
    ...branches.flatMap(({ id, store }) => checkReplica(id, store, cloud, declarations)),
    ...branches.flatMap(({ id, store }) => checkNothingOpen(id, store, cloud, declarations)),
    ...branches.flatMap(({ id, store }) => checkScope(id, store, cloud, declarations)),
    ...branches.flatMap(({ store }) => checkPositions(store, cloud)),
    ...checkBalances(cloud, declarations),
    ...stores.flatMap((store) => checkPhones(store, declarations)),
    ...(mysql ? await checkMirror(mysql, cloud, declarations) : []),
  ]
}

interface Exception extends DocumentName {
  readonly code: string
  readonly field: string | null
  readonly reason: string
}

function exceptionsOf(store: StoreFile): Exception[] {
  return plainRows(store, 'exception').map((row) => ({
    collection: row['collection'] as string,
    id: row['document_id'] as string,
    code: row['code'] as string,
    field: row['field'] as string | null,
    reason: row['reason'] as string,
  }))
}

function checkExceptions(store: StoreFile, expected: readonly DocumentName[]): string[] {
  return exceptionsOf(store).flatMap((one) => {
    const { collection, id, code, field, reason } = one
    if (code === '' || reason === '') return [`${store.name}: ${collection} ${id} is an exception without a reason`]
    if (expected.some((other) => isSame(other, one))) return []
    return [`${store.name}: ${collection} ${id} is an exception: ${code} ${field ?? ''} ${reason}`]
  })
}

/** I1, I2: it is at headquarters as it was said, or stands somewhere with a reason. */
function checkAcknowledged(one: Acknowledged, cloud: StoreFile, stores: readonly StoreFile[]): string[] {
  if (stores.some((store) => exceptionsOf(store).some((other) => isSame(one, other)))) return []
  const { collection, id, fields = {} } = one
  const row = cloud.rows.get(collection)?.get(id)
  if (!row) return [`${collection} ${id} was acknowledged, and is neither at headquarters nor an exception`]
  return Object.entries(fields)
    .filter(([field, value]) => !jsonEqual(row.doc[field], value))
    .map(([field]) => `${collection} ${id} has lost a write: ${field} is not what was acknowledged`)
}

/** I7: in each scope both hold the same, byte for byte, and their digests say so. Tombstones may be gone on either side. */
function checkReplica(
  branchId: string,
  branch: StoreFile,
  cloud: StoreFile,
  declarations: readonly CollectionDeclaration[],
): string[] {
  const apart = [...exceptionsOf(branch), ...exceptionsOf(cloud)]
  return declarations.flatMap(({ name }) =>
    [SHARED_SCOPE, branchId].flatMap((scope) => {
      const here = rowsOf(branch, name, scope)
      const there = rowsOf(cloud, name, scope)
      const wrong: string[] = []
      for (const id of new Set([...here.keys(), ...there.keys()])) {
        if (apart.some((one) => isSame(one, { collection: name, id }))) continue
        const [ours, theirs] = [here.get(id), there.get(id)]
        if (!ours && !theirs?.isLive) continue
        if (!theirs && !ours?.isLive) continue
        if (!ours) wrong.push(`${branch.name}: ${name} ${id} of ${scope} is missing`)
        else if (!theirs) wrong.push(`${branch.name}: ${name} ${id} of ${scope} is not at headquarters`)
        else {
          const differing = differences(ours.doc, theirs.doc)
          if (differing.length > 0) {
            wrong.push(`${branch.name}: ${name} ${id} differs from headquarters in ${differing.join(', ')}`)
          }
        }
      }
      const isWhole = !apart.some(({ collection }) => collection === name)
      const key = digestKey(name, scope)
      if (isWhole && !same(branch.digests.get(key), cloud.digests.get(key))) {
        wrong.push(`${branch.name}: the digest of ${key} is not that of headquarters`)
      }
      return wrong
    }),
  )
}

/** I7: nothing waits to be sent, nothing to be confirmed, nothing to be asked for again. */
function checkNothingOpen(
  branchId: string,
  branch: StoreFile,
  cloud: StoreFile,
  declarations: readonly CollectionDeclaration[],
): string[] {
  const wrong: string[] = []
  const exceptions = exceptionsOf(branch)
  for (const { name } of declarations) {
    for (const { id, state } of branch.rows.get(name)?.values() ?? []) {
      const isException = exceptions.some((one) => isSame(one, { collection: name, id }))
      if (state === ROW_STATE.parked) {
        if (!isException) wrong.push(`${branch.name}: ${name} ${id} is parked and no exception says why`)
      } else if (state !== ROW_STATE.clean) wrong.push(`${branch.name}: ${name} ${id} still waits to be sent`)
    }
  }
  const receipts = plainRows(branch, 'receipt').length
  if (receipts > 0) wrong.push(`${branch.name}: receipts of ${receipts} deliveries are not confirmed`)
  const deliveries = plainRows(cloud, 'delivery').filter(
    (row) => row['branch_id'] === branchId && row['is_confirmed'] !== 1,
  )
  if (deliveries.length > 0)
    wrong.push(`headquarters: ${deliveries.length} deliveries to ${branchId} are not confirmed`)
  return wrong
}

/** I9: nothing of another branch, and no word of it in the node's other tables. */
function checkScope(
  branchId: string,
  branch: StoreFile,
  cloud: StoreFile,
  declarations: readonly CollectionDeclaration[],
): string[] {
  const isMine = (scope: string) => scope === SHARED_SCOPE || scope === branchId
  const wrong: string[] = []
  const foreign = new Set<string>()
  for (const { name } of declarations) {
    for (const { id, scope } of cloud.rows.get(name)?.values() ?? []) if (!isMine(scope)) foreign.add(id)
    for (const { id, scope } of branch.rows.get(name)?.values() ?? []) {
      if (!isMine(scope)) wrong.push(`${branch.name}: ${name} ${id} belongs to ${scope}`)
    }
  }
  for (const { name, rows } of branch.plain) {
    const words = rows.flatMap((row) => Object.values(row)).filter((value) => typeof value === 'string')
    const named = new Set(words.flatMap(wordsOf).filter((word) => foreign.has(word)))
    for (const id of named) wrong.push(`${branch.name}: ${name} names ${id}, which is another branch's`)
  }
  return wrong
}

/** I6: nobody stands where headquarters has never been. */
function checkPositions(branch: StoreFile, cloud: StoreFile): string[] {
  return ['position', 'acceptance_head', 'cloud_witness'].flatMap((table) =>
    plainRows(branch, table)
      .map((row) => ({
        of: (row['class'] ?? table) as string | number,
        epoch: row['epoch'] as string,
        seq: row['seq'] as number,
      }))
      .filter((position) => !cloud.knows(position))
      .map(({ of, epoch, seq }) => {
        const place = `${epoch}:${seq}`
        return `${branch.name}: the position of ${of} is ${place}, where headquarters has never been`
      }),
  )
}

function rowsOf(store: StoreFile, collection: string, scope: string): Map<string, FileRow> {
  const rows = [...(store.rows.get(collection)?.values() ?? [])].filter((row) => row.scope === scope)
  return new Map(rows.map((row) => [row.id, row]))
}

function differences(a: Doc, b: Doc): string[] {
  const fields = new Set([...Object.keys(a), ...Object.keys(b)])
  const says = (doc: Doc, field: string) => canonicalJson(field === '_deleted' ? doc[field] === true : doc[field])
  return [...fields].filter((field) => says(a, field) !== says(b, field))
}

/** A text as it is, and every text in it where it is JSON. */
function wordsOf(value: string): string[] {
  return [value, ...[...value.matchAll(/"([^"\\]*)"/g)].map((found) => found[1]!)]
}

function isSame(a: DocumentName, b: DocumentName): boolean {
  return a.collection === b.collection && a.id === b.id
}

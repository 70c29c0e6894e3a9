/**
 * Has the running node fill the tables that `outpost mirror init` has made. What is to be filled stands in MySQL already, and a
 * mirror reads it whenever it connects: only one that is connected must be told.
 */
import { callNode, findRunningNode } from '../../adapters/cli/node-client.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MirrorStatus } from '../../schemas/protocol/status.ts'

export interface NewTables {
  readonly collection: string
  /** The collection's own. */
  readonly table: string
}

/** Tables that are there, and which the mirror does not fill before it connects again. */
export interface Untold extends NewTables {
  readonly reason: string
}

/** @returns those of which the node could not be told; never throws, as the tables are made whatever the node says */
export async function fillOnNode(data: string, mirror: string, tables: readonly NewTables[]): Promise<Untold[]> {
  const untold: Untold[] = []
  for (const one of tables) {
    const reason = await fillOne(data, mirror, one)
    if (reason !== undefined) untold.push({ ...one, reason })
  }
  return untold
}

/** @returns why not */
async function fillOne(data: string, mirror: string, { collection, table }: NewTables): Promise<string | undefined> {
  const node = await findRunningNode(data)
  if (!node) return undefined
  try {
    if (!(await isConnected(data, mirror))) return undefined
    await callNode(node, 'POST', `/api/mirrors/${encodeURIComponent(mirror)}/rebuild`, { table })
    return undefined
  } catch (error) {
    // It runs with another mapping, and fills these tables when it is started with this one.
    if (error instanceof OutpostError && error.code === 'NOT_FOUND') return undefined
    // What it was about to do when it broke off, it does by itself; one that was busy does not.
    const isAsBefore = await isConnected(data, mirror, collection).catch(() => true)
    return isAsBefore ? String(error instanceof Error ? error.message : error) : undefined
  }
}

/** @param unless a collection that it fills already */
async function isConnected(data: string, mirror: string, unless?: string): Promise<boolean> {
  const node = await findRunningNode(data)
  if (!node) return false
  const mirrors = await callNode<MirrorStatus[]>(node, 'GET', '/api/mirrors')
  const status = mirrors.find(({ name }) => name === mirror)
  return status?.state === 'running' && !status.filling?.some(({ collection }) => collection === unless)
}

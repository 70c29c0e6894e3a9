/** `node.json` in a data folder says where its running node answers, so that commands find it. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { storeFactsSchema } from '../../schemas/protocol/backup.ts'
import { makeFolder } from './make-folder.ts'

const nodeFileSchema = z.object({
  node: z.enum(['branch', 'cloud']),
  /** Of this machine. */
  url: z.string(),
  /** By which the node knows the commands of its own machine. */
  token: z.string(),
  pid: z.number(),
  /** Whose store it is: at the address there may be another node by now. */
  identity: storeFactsSchema.shape.identity.unwrap(),
})
export type NodeFile = z.infer<typeof nodeFileSchema>

/** Where a node answers, and what shows it that a command asks. */
export type NodeAddress = Pick<NodeFile, 'url' | 'token'>

export function nodeFileIn(folder: string): string {
  return join(folder, 'node.json')
}

export function writeNodeFile(folder: string, content: NodeFile): void {
  makeFolder(folder)
  const path = nodeFileIn(folder)
  writeFileSync(`${path}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

export function removeNodeFile(folder: string): void {
  rmSync(nodeFileIn(folder), { force: true })
}

/** The file may outlive a node that was killed: ask the node before believing it. */
export function readNodeFile(folder: string): NodeFile | undefined {
  try {
    const parsed = nodeFileSchema.safeParse(JSON.parse(readFileSync(nodeFileIn(folder), 'utf8')))
    return parsed.data
  } catch {
    return undefined
  }
}

/** `outpost status`: what a running node says of itself, once or as it changes. */
import { Command } from 'commander'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { callNode, findRunningNode } from './node-client.ts'
import { dataFlag, DEFAULT_DATA, jsonFlag } from './options.ts'
import { reportError } from './report-error.ts'
import { statusInWords } from './status-in-words.ts'
import { watchStatuses } from './status-watch.ts'

export function createStatusCommand(): Command {
  return new Command('status')
    .description('what the running nodes say of themselves: backlog, last error, whether both sides hold the same')
    .addOption(dataFlag())
    .option('--watch', 'go on with what changes, until Ctrl-C')
    .addOption(jsonFlag('one line of JSON for each node; with --watch for each change'))
    .action(async (flags: { data?: string; watch?: boolean; json?: boolean }) => {
      try {
        const folders = flags.data === undefined ? [DEFAULT_DATA.cloud, DEFAULT_DATA.branch] : [flags.data]
        const found = await Promise.all(folders.map(readStatus))
        const statuses = found.filter((status) => status !== undefined)
        if (flags.watch === true && statuses.length > 0) return await watch(folders, flags.json === true)
        for (const status of statuses)
          process.stdout.write(`${flags.json ? JSON.stringify(status) : statusInWords(status)}\n`)
        await refuseSilent(folders.filter((_, at) => found[at] === undefined))
        if (statuses.length === 0) throw new OutpostError('NODE_UNREACHABLE', `no node runs on ${folders.join(' or ')}`)
      } catch (error) {
        process.exitCode = reportError(error, flags.json)
      }
    })
}

async function readStatus(folder: string): Promise<BranchNodeStatus | CloudNodeStatus | undefined> {
  const running = await findRunningNode(folder)
  return running && callNode(running, 'GET', '/api/status')
}

/** One that stands still is not stopped. @throws OutpostError NODE_STARTING */
async function refuseSilent(folders: readonly string[]): Promise<void> {
  if (folders.length === 0) return
  // SQLite is loaded only where somebody is missing.
  const { openStoppedLog } = await import('./stopped-log.ts')
  for (const folder of folders) openStoppedLog(folder)?.close()
}

/** Ends when nobody reads any more, such as behind `| head`. */
async function watch(folders: readonly string[], json: boolean): Promise<void> {
  const { stdout } = process
  const unread = new AbortController()
  stdout.once('error', () => unread.abort())
  const write = (text: string) => void stdout.write(text)
  const screen = () => (stdout.isTTY && !json ? { rows: stdout.rows, columns: stdout.columns } : undefined)
  await watchStatuses(folders, { json, write, screen, signal: unread.signal })
}

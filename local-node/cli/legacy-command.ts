/** `outpost branch legacy …`: how the import from the legacy database stands, and which rows were not taken. */
import { Command } from 'commander'
import { legacyInWords } from '../../adapters/cli/legacy-in-words.ts'
import type { OpenLegacySink } from '../../adapters/cli/import-mysql.ts'
import { callNode, onNode } from '../../adapters/cli/node-client.ts'
import { DEFAULT_DATA, withNodeFlags, type NodeFlags } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import type { LegacyProgress, LegacyTaken } from '../../adapters/legacy/legacy-batch.ts'
import type { LegacyView } from '../../schemas/protocol/legacy.ts'
import type { BranchOperations } from '../branch-operations.ts'

/** The branch of a data folder whose node is stopped. */
type OpenStopped = (dataDir: string) => Promise<{ operations: BranchOperations; close: () => void }>

export function createLegacyCommand(openStopped: OpenStopped): Command {
  const command = (name: string, about: string, inWords: (view: LegacyView) => string) =>
    withNodeFlags(new Command(name).description(about), DEFAULT_DATA.branch).action(async (flags: NodeFlags) => {
      try {
        const view = await look(openStopped, flags.data)
        process.stdout.write(flags.json ? `${JSON.stringify(view)}\n` : `${inWords(view)}\n`)
      } catch (error) {
        process.exitCode = reportError(error, flags.json)
      }
    })
  return new Command('legacy')
    .description('the legacy database that the branch imports from')
    .addCommand(command('status', 'how the import stands and how changes are followed', viewInWords), {
      isDefault: true,
    })
    .addCommand(command('rejects', 'the rows that were not taken, newest first, with the reason', rejectsInWords))
}

/** Where `outpost branch import mysql` puts the rows. */
export function openLegacySinkOf(openStopped: OpenStopped): OpenLegacySink {
  return (dataDir) =>
    onNode<Awaited<ReturnType<OpenLegacySink>>>(
      dataDir,
      async (running) => ({
        sink: {
          progress: async (source) => {
            const path = `/api/legacy/${encodeURIComponent(source)}`
            return (await callNode<{ progress?: LegacyProgress }>(running, 'GET', path)).progress
          },
          take: (batch) => callNode<LegacyTaken>(running, 'POST', '/api/legacy', batch),
        },
        close: () => undefined,
      }),
      async () => {
        const { operations, close } = await openStopped(dataDir)
        return { sink: operations.legacy, close }
      },
    )
}

function look(openStopped: OpenStopped, dataDir: string): Promise<LegacyView> {
  return onNode(
    dataDir,
    (running) => callNode<LegacyView>(running, 'GET', '/api/legacy'),
    async () => {
      const { operations, close } = await openStopped(dataDir)
      try {
        return operations.legacy.view()
      } finally {
        close()
      }
    },
  )
}

function viewInWords({ status, rejects }: LegacyView): string {
  const lines = status ? [legacyInWords(status)] : ['no legacy database is followed now']
  for (const { at, text } of status?.notes ?? []) lines.push(`  ${at}  ${text}`)
  const { lastError } = status ?? {}
  if (lastError) lines.push(`  last error: ${lastError.message} [${lastError.code}] at ${lastError.at}`)
  if (rejects.length > 0) lines.push(`  ${rejects.length} rows were not taken: outpost branch legacy rejects`)
  return lines.join('\n')
}

function rejectsInWords({ rejects }: LegacyView): string {
  if (rejects.length === 0) return 'none'
  return rejects
    .map(({ kind, legacyId, code, field, reason, at }) => {
      return `${at}  ${kind} ${legacyId}  ${code}${field ? ` ${field}` : ''}: ${reason}`
    })
    .join('\n')
}

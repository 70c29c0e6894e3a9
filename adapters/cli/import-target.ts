/** Where an import goes: to the running node through its API, else into the store of the stopped one. */
import type { ImportRecord } from '../import/import-record.ts'
import type { ImportResult } from '../import/import-result.ts'
import type { ImportTarget } from './import-command.ts'
import { callNode, onNode } from './node-client.ts'

/** What a node that does not run can be used by. */
export interface StoppedNode {
  readonly operations: { importBatch(records: unknown[]): ImportResult[] }
  readonly close: () => void
}

export function createImportTarget(
  kinds: readonly ImportRecord['kind'][],
  openStopped: (dataDir: string) => Promise<StoppedNode>,
): ImportTarget {
  return {
    kinds,
    open: (dataDir) =>
      onNode<Awaited<ReturnType<ImportTarget['open']>>>(
        dataDir,
        async (running) => ({
          sink: (records) => callNode<ImportResult[]>(running, 'POST', '/api/import', records),
          close: () => undefined,
        }),
        async () => {
          const { operations, close } = await openStopped(dataDir)
          return { sink: (records) => Promise.resolve(operations.importBatch([...records])), close }
        },
      ),
  }
}

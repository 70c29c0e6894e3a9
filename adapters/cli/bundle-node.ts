/** Where the commands for bundles go: to the running node through its API, else to the store of the stopped one. */
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { BundleEvent, BundleExport, BundleImport } from '../../schemas/protocol/bundle.ts'
import type { OnProgress } from '../bundle/branch-bundles.ts'
import type { BundleDesk } from '../http/bundle-routes.ts'
import { readEvents } from '../http/read-events.ts'
import type { NodeAddress } from '../node/node-file.ts'
import { commandHeaders, onNode } from './node-client.ts'

/** @param collections the file that declares further collections */
export type OpenStoppedDesk = (
  dataDir: string,
  collections: string | undefined,
) => Promise<{ bundles: BundleDesk; close: () => void }>

/** Runs one piece of work on the node of a data folder. */
export async function onBundleDesk<T>(
  { data: dataDir, collections }: { readonly data: string; readonly collections?: string },
  openStopped: OpenStoppedDesk,
  work: (desk: BundleDesk) => Promise<T>,
): Promise<T> {
  return onNode(
    dataDir,
    (running) => work(remoteDesk(running)),
    async () => {
      const { bundles, close } = await openStopped(dataDir, collections)
      return work(bundles).finally(close)
    },
  )
}

function remoteDesk(node: NodeAddress): BundleDesk {
  return {
    exportBundle: (request, onProgress) => ask<BundleExport>(node, 'export', request, onProgress),
    importBundle: (request, onProgress) => ask<BundleImport>(node, 'import', request, onProgress),
  }
}

/** @throws OutpostError the node's own, or NODE_UNREACHABLE */
async function ask<Report>(
  node: NodeAddress,
  what: 'export' | 'import',
  body: unknown,
  onProgress: OnProgress,
): Promise<Report> {
  const { url } = node
  try {
    const headers = { ...commandHeaders(node), 'content-type': 'application/json' }
    const response = await fetch(`${url}/api/bundles/${what}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw asError((await response.json()) as { code: string; message: string })
    for await (const event of readEvents<BundleEvent<Report>>(response)) {
      if ('report' in event) return event.report
      if ('error' in event) throw asError(event.error)
      onProgress(event.progress)
    }
  } catch (cause) {
    if (cause instanceof OutpostError) throw cause
    throw new OutpostError('NODE_UNREACHABLE', `the node at ${url} does not answer`, { cause })
  }
  throw new OutpostError('NODE_UNREACHABLE', `the node at ${url} stopped before it was through`)
}

function asError({ code, message }: { code: string; message: string }): OutpostError {
  return new OutpostError(code in ERROR_CATALOGUE ? (code as ErrorCode) : 'INTERNAL', message)
}

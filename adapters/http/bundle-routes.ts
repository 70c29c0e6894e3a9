/** `POST /api/bundles/export` and `/import`, the same for both nodes: each says how far it is, then what came of it. */
import { isAbsolute } from 'node:path'
import type { z } from 'zod'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
import {
  bundleExportRequestSchema,
  bundleImportRequestSchema,
  type BundleEvent,
  type BundleExport,
  type BundleImport,
} from '../../schemas/protocol/bundle.ts'
import type { OnProgress } from '../bundle/branch-bundles.ts'
import type { Log } from '../log.ts'
import { NOT_DONE, type Asked, type RouteTable } from './route-table.ts'

/** What a node does with bundles, asked by its API or, while it is stopped, by a command. */
export interface BundleDesk {
  exportBundle(request: z.infer<typeof bundleExportRequestSchema>, onProgress: OnProgress): Promise<BundleExport>
  importBundle(request: z.infer<typeof bundleImportRequestSchema>, onProgress: OnProgress): Promise<BundleImport>
}

/** Between two events, ms. */
const PROGRESS_EVERY_MS = 100

/** They read and write any path of the machine. */
const forCommands = { method: 'POST', access: 'command', streams: true } as const

export function addBundleRoutes(routes: RouteTable, desk: BundleDesk, log: Log): void {
  routes.add(
    {
      ...forCommands,
      path: '/api/bundles/export',
      about: 'Writes a bundle for the other side and tells how far it is, at the end `{report}` or `{error}`.',
      body: bundleExportRequestSchema,
      audit: 'bundle.export',
    },
    (asked) => {
      ensureAbsolute('to', asked.body.to)
      return follow(asked, log, (onProgress) => desk.exportBundle(asked.body, onProgress))
    },
  )
  routes.add(
    {
      ...forCommands,
      path: '/api/bundles/import',
      about: 'Takes a bundle of the other side and tells how far it is, at the end `{report}` or `{error}`.',
      body: bundleImportRequestSchema,
      audit: 'bundle.import',
    },
    (asked) => {
      ensureAbsolute('file', asked.body.file)
      if (asked.body.to !== undefined) ensureAbsolute('to', asked.body.to)
      return follow(asked, log, (onProgress) => desk.importBundle(asked.body, onProgress))
    },
  )
}

/** Goes on when whoever asked has gone: what was begun is whole or nothing. */
async function follow<Report extends BundleExport | BundleImport>(
  { req, res, openStream }: Pick<Asked<unknown, unknown, unknown>, 'req' | 'res' | 'openStream'>,
  log: Log,
  work: (onProgress: OnProgress) => Promise<Report>,
): Promise<typeof NOT_DONE | undefined> {
  const stream = openStream(() => undefined)
  const send = (event: BundleEvent<Report>) => stream.send(event)
  let shownAt = 0
  try {
    const report = await work((progress) => {
      const now = performance.now()
      if (now - shownAt < PROGRESS_EVERY_MS) return
      shownAt = now
      send({ progress })
    })
    send({ report })
    return undefined
  } catch (error) {
    if (!(error instanceof OutpostError)) log.error({ err: error }, `${req.path} failed`)
    send({ error: toErrorBody(error, res.locals['requestId'] as string) })
    return NOT_DONE
  } finally {
    stream.end()
  }
}

function ensureAbsolute(field: string, path: string): void {
  if (!isAbsolute(path)) throw new OutpostError('BAD_REQUEST', `${field}: an absolute path of this machine`, { field })
}

/** `POST /api/bundles/export` and `/import`, the same for both nodes: each says how far it is, then what came of it. */
import { isAbsolute } from 'node:path'
import type { Express, Request, Response } from 'express'
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
import { parseWith } from './app.ts'
import { openEventStream } from './event-stream.ts'

/** What a node does with bundles, asked by its API or, while it is stopped, by a command. */
export interface BundleDesk {
  exportBundle(request: z.infer<typeof bundleExportRequestSchema>, onProgress: OnProgress): Promise<BundleExport>
  importBundle(request: z.infer<typeof bundleImportRequestSchema>, onProgress: OnProgress): Promise<BundleImport>
}

/** Between two events, ms. */
const PROGRESS_EVERY_MS = 100

export function addBundleRoutes(app: Express, desk: BundleDesk, log: Log): void {
  app.post('/api/bundles/export', (req, res) => {
    const request = parseWith(bundleExportRequestSchema, req.body)
    ensureAbsolute('to', request.to)
    return follow(req, res, log, (onProgress) => desk.exportBundle(request, onProgress))
  })
  app.post('/api/bundles/import', (req, res) => {
    const request = parseWith(bundleImportRequestSchema, req.body)
    ensureAbsolute('file', request.file)
    if (request.to !== undefined) ensureAbsolute('to', request.to)
    return follow(req, res, log, (onProgress) => desk.importBundle(request, onProgress))
  })
}

/** Goes on when whoever asked has gone: what was begun is whole or nothing. */
async function follow<Report extends BundleExport | BundleImport>(
  req: Request,
  res: Response,
  log: Log,
  work: (onProgress: OnProgress) => Promise<Report>,
): Promise<void> {
  const stream = openEventStream(res, () => undefined)
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
  } catch (error) {
    if (!(error instanceof OutpostError)) log.error({ err: error }, `${req.path} failed`)
    send({ error: toErrorBody(error, res.locals['requestId'] as string) })
  }
  stream.end()
}

function ensureAbsolute(field: string, path: string): void {
  if (!isAbsolute(path)) throw new OutpostError('BAD_REQUEST', `${field}: an absolute path of this machine`, { field })
}

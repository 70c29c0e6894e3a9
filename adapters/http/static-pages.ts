/** Serves a built web app; unknown paths without an extension get its index page. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { type Express } from 'express'

const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; worker-src 'self'"

export function addStaticPages(app: Express, folder: string): void {
  if (!existsSync(join(folder, 'index.html'))) return
  const assets = express.static(folder, {
    index: 'index.html',
    setHeaders: (res, path) => {
      res.setHeader('content-security-policy', CONTENT_SECURITY_POLICY)
      // Hashed assets never change; the page and the service worker must be asked for again.
      res.setHeader('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.use(assets)
}

/** Serves the files of a built web app, its index page at `/`; the apps keep their screens in the fragment. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { type Express } from 'express'

const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; worker-src 'self'"

export interface StaticPagesOptions {
  /** The app validates documents by code that AJV generates in the page. */
  readonly compilesSchemas: boolean
}

export function addStaticPages(app: Express, folder: string, { compilesSchemas }: StaticPagesOptions): void {
  const policy = compilesSchemas
    ? `${CONTENT_SECURITY_POLICY}; script-src 'self' 'unsafe-eval'`
    : CONTENT_SECURITY_POLICY
  if (!existsSync(join(folder, 'index.html'))) return
  const assets = express.static(folder, {
    index: 'index.html',
    setHeaders: (res, path) => {
      res.setHeader('content-security-policy', policy)
      // Hashed assets never change; the page and the service worker must be asked for again.
      res.setHeader('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.use(assets)
}

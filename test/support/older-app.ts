/** Builds `older-page.ts` and serves it to a browser under the address of a node, so that it has the origin's store. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext } from 'playwright-core'
import { build } from 'vite'

const HERE = fileURLToPath(new URL('.', import.meta.url))

export async function buildOlderPage(folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'warn',
    root: HERE,
    plugins: [
      {
        name: 'older-schemas',
        enforce: 'pre',
        resolveId: (source, importer = '') => {
          const [, name] = /\/collections\/(members|orders)\.ts$/.exec(source) ?? []
          return name === undefined || /\/(older|earlier)-\w+\.ts$/.test(importer)
            ? undefined
            : join(HERE, `older-${name}.ts`)
        },
      },
    ],
    build: {
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: 'es2022',
      lib: { entry: join(HERE, 'older-page.ts'), formats: ['es'], fileName: () => 'older-page.js' },
    },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  writeFileSync(join(folder, 'older.html'), '<!doctype html><script type="module" src="/older-page.js"></script>')
  return folder
}

/** @param folder what `buildOlderPage` made */
export async function serveOlderPage(context: BrowserContext, url: string, folder: string): Promise<void> {
  for (const [name, contentType] of [
    ['older.html', 'text/html'],
    ['older-page.js', 'text/javascript'],
  ] as const) {
    await context.route(`${url}/${name}`, (route) =>
      route.fulfill({ contentType, body: readFileSync(join(folder, name), 'utf8') }),
    )
  }
}

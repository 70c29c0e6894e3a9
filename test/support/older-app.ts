/** Builds `older-page.ts`, once, and serves it to a browser under the address of a node, so that it has the origin's store. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext } from 'playwright-core'
import { build, type Rolldown } from 'vite'

const HERE = fileURLToPath(new URL('.', import.meta.url))

const PAGE = '<!doctype html><script type="module" src="/older-page.js"></script>'

let script: Promise<string> | undefined

export async function serveOlderPage(context: BrowserContext, url: string): Promise<void> {
  const body = await (script ??= buildOlderPage())
  await context.route(`${url}/older.html`, (route) => route.fulfill({ contentType: 'text/html', body: PAGE }))
  await context.route(`${url}/older-page.js`, (route) => route.fulfill({ contentType: 'text/javascript', body }))
}

async function buildOlderPage(): Promise<string> {
  const built = await build({
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
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry: join(HERE, 'older-page.ts'), formats: ['es'], fileName: () => 'older-page.js' },
    },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const [bundle] = built as Rolldown.RolldownOutput[]
  return bundle!.output[0].code
}

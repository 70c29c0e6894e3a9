/**
 * Makes one file of a process of these tests and all that it imports, from the sources as they are: such a process
 * starts many times, and starts several times faster than from the hundreds of files of RxDB.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'

/** @param source beside this file @returns the path of the script, in `folder` */
export async function bundleProcess(source: string, folder: string): Promise<string> {
  const native = createRequire(import.meta.url).resolve('better-sqlite3')
  await build({
    configFile: false,
    logLevel: 'warn',
    root: fileURLToPath(new URL('.', import.meta.url)),
    ssr: { noExternal: true, external: ['better-sqlite3'] },
    build: {
      ssr: source,
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        output: { paths: { 'better-sqlite3': pathToFileURL(native).href }, entryFileNames: '[name].mjs' },
      },
    },
  })
  return join(folder, source.replace(/\.ts$/, '.mjs'))
}

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Packages with a compiled part, which stay where they were installed. */
const NATIVE = ['better-sqlite3', '@node-rs/argon2']

/**
 * What a node runs, with its packages, in a few files: finding and reading a thousand modules took more than half of the
 * processor time of a start.
 */
export default defineConfig({
  root: here('.'),
  build: {
    ssr: true,
    outDir: '../dist/bin',
    emptyOutDir: true,
    target: 'node20',
    sourcemap: true,
    // Stacks in logs keep their names.
    minify: false,
    rolldownOptions: {
      input: {
        outpost: here('outpost.ts'),
        'inspect-store-process': here('../adapters/sqlite/inspect-store-process.ts'),
      },
      output: { chunkFileNames: 'parts/[name]-[hash].js' },
    },
  },
  ssr: { noExternal: true, external: NATIVE },
})

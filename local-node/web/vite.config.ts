import { fileURLToPath } from 'node:url'
import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

/** What belongs to the node and must never come from a cache: its API and the replication of its collections. */
const NODE_PATHS = [/^\/api\//, /^\/[^/]+\/\d+\//]

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  build: { outDir: '../../dist/local-node/web', emptyOutDir: true, target: 'es2022' },
  plugins: [
    preact(),
    VitePWA({
      strategies: 'generateSW',
      // `app-versions.ts` registers it; `app-update.ts` says when a new version takes over.
      registerType: 'prompt',
      injectRegister: false,
      manifest: {
        name: 'Outpost',
        short_name: 'Outpost',
        description: 'Members and orders of a branch, with or without a network',
        display: 'standalone',
        id: '/',
        start_url: '/',
        background_color: '#f3f5f4',
        theme_color: '#0b6e5b',
        icons: [
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
          { src: 'icon-maskable.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
          { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
        ],
      },
      workbox: {
        globPatterns: ['**/*.{js,css,html,svg}'],
        navigateFallback: 'index.html',
        navigateFallbackDenylist: NODE_PATHS,
        cleanupOutdatedCaches: true,
        clientsClaim: true,
        skipWaiting: false,
      },
    }),
  ],
})

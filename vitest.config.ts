import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real time passes in them: half a minute of silence, restores of whole stores. `npm run prove:sync` runs them.
    exclude: Number(process.env['OUTPOST_PROOF_SCALE'] ?? '0') >= 1 ? [] : ['test/proofs/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // Databases, nodes and browsers are real processes; a hung one should fail a test, not the machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})

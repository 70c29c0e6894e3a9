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
    // A test that leaves something behind is a defect; loading everything anew for each file took a third of the time.
    isolate: false,
    maxWorkers: 2,
  },
})

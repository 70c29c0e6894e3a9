import { defineConfig } from 'vitest/config'
import { RandomHistoriesFirst } from './test/support/random-histories-first.ts'

const PROOFS = 'test/proofs/**'
const CONFORMANCE = 'test/conformance/**/*.test.ts'
// Real time passes in the proofs (half a minute of silence, restores of whole stores), or many processes and browsers
// are started. `npm run prove:sync` runs them.
const left = Number(process.env['OUTPOST_PROOF_SCALE'] ?? '0') >= 1 ? [] : [PROOFS]

// Databases, nodes and browsers are real processes; a hung one should fail a test, not the machine.
const shared = { testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks' } as const

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 2,
    sequence: { sequencer: RandomHistoriesFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', CONFORMANCE, ...left],
          // A test that leaves something behind is a defect; nothing needs to be loaded anew for each file.
          isolate: false,
        },
      },
      // RxDB's own suites want its development mode, which cannot be switched off again, and mocha's globals.
      { test: { ...shared, name: 'conformance', include: [CONFORMANCE] } },
    ],
  },
})

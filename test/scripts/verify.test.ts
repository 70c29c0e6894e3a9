import { describe, expect, it } from 'vitest'
import { createCheckout, runScript } from './support/checkout.js'

const PASSING = '#!/bin/sh\necho "checked everything"\n'
const FAILING = '#!/bin/sh\necho "phone.ts: unused variable"\nexit 1\n'
const tools = (lint: string) => ({
  'node_modules/.bin/oxfmt': PASSING,
  'node_modules/.bin/oxlint': lint,
  'node_modules/.bin/knip': PASSING,
  'node_modules/.bin/vitest': '#!/bin/sh\necho " Test Files  2 passed (2)"\necho "      Tests  17 passed (17)"\n',
})
const withoutDurations = (output: string) => output.replaceAll(/\s+\d+\.\d s/g, '')

describe('npm run verify', { timeout: 120_000 }, () => {
  it('says in one line per step how it went', async () => {
    const { code, stdout, stderr } = await runScript(createCheckout(tools(PASSING)), 'verify.mjs', [])
    const steps = ['lockfile', 'dependencies', 'format', 'lint', 'types', 'unused code', 'build', 'tests']
    expect(withoutDurations(stdout), stderr).toBe(
      steps.map((name) => `ok    ${name}\n`).join('') + '17 passed, 0 failed\n',
    )
    expect(code).toBe(0)
  })

  it('stops at the first failure and shows its output', async () => {
    const { code, stdout } = await runScript(createCheckout(tools(FAILING)), 'verify.mjs', [])
    expect(withoutDurations(stdout)).toBe(
      'ok    lockfile\nok    dependencies\nok    format\nphone.ts: unused variable\nFAIL  lint  ended with exit code 1\n',
    )
    expect(code).toBe(1)
  })
})

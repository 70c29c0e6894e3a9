import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import type { AlertRule } from '../../schemas/protocol/alerts.ts'
import { DOCTOR_LIMITS } from '../../adapters/doctor/judge.ts'
import type { CheckName } from '../../adapters/doctor/finding.ts'

const read = (name: string) => readFileSync(new URL(`../../docs/operations/${name}`, import.meta.url), 'utf8')
const runbook = read('runbook.md')

/** A rule that is missing here does not compile. */
const RULES: Record<AlertRule, true> = {
  'success-rate': true,
  delay: true,
  'consecutive-failures': true,
  failures: true,
  backlog: true,
  retries: true,
  differences: true,
  'silent-branch': true,
  'suspected-clone': true,
  exceptions: true,
  'clock-offset': true,
  disk: true,
  storage: true,
  'mirror-parked': true,
  'mirror-stopped': true,
  'reconciliation-failed': true,
  'backup-failed': true,
  'burn-rate': true,
}
const CHECKS: Record<CheckName, true> = {
  configuration: true,
  version: true,
  files: true,
  disk: true,
  lock: true,
  store: true,
  backup: true,
  clock: true,
  link: true,
  certificate: true,
  mysql: true,
  legacy: true,
}

function sections(): Map<string, string> {
  const parts = runbook.split(/^### /m).slice(1)
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]))
}

describe('the runbook', () => {
  test('has one section for each alert and each error code, and none for anything else', () => {
    const headings = [...runbook.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading!)
    const wanted = [...Object.keys(RULES), ...Object.keys(ERROR_CATALOGUE)]
    expect(headings.toSorted()).toEqual(wanted.toSorted())
  })

  test.each([...sections()])(
    'says in the section of %s what it is, how to look and what to do, and all of it in Chinese too',
    (_, text) => {
      expect(text).toMatch(/^\*\*[^*]*\p{Script=Han}[^*]* · [A-Z][^*]*\*\*/mu)
      const labels = [...text.matchAll(/^- \*\*([^*]+)\*\* /gm)].map(([, label]) => label)
      expect(labels).toEqual(['Means:', 'Look:', 'Do:', '含义：', '查看：', '处理：'])
      // A look may be a command and no more, which no language has words for.
      for (const label of ['含义', '处理'])
        expect(text).toMatch(new RegExp(String.raw`^- \*\*${label}：\*\* .*\p{Script=Han}`, 'mu'))
      expect(text).toMatch(/^- \*\*查看：\*\* .*(?:\p{Script=Han}|`。$)/mu)
    },
  )

  test('names in both languages the same commands to type', () => {
    const typed = (text: string, label: string) =>
      [...(new RegExp(String.raw`^- \*\*${label}\*\* (.*)$`, 'm').exec(text)?.[1] ?? '').matchAll(/`([^`]+)`/g)]
        .map(([, command]) => command!)
        .toSorted()
    const differing = [...sections()].filter(
      ([name, text]) => name in ERROR_CATALOGUE && String(typed(text, 'Look:')) !== String(typed(text, '查看：')),
    )
    expect(differing.map(([name]) => name)).toEqual([])
  })

  test.each(Object.keys(RULES))('says of the alert %s from where on it rings, in Chinese too', (rule) => {
    expect(sections().get(rule)!).toMatch(/^\*\*.*\*\* — [a-z].* · .*\p{Script=Han}.*$/mu)
  })

  test('names only codes that there are', () => {
    const named = [...runbook.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, code]) => code!)
    expect(named.filter((code) => !(code in ERROR_CATALOGUE))).toEqual([])
  })
})

describe('the units of systemd', () => {
  test.each([
    ['cloud', 'cloud start --data /var/lib/outpost/cloud'],
    ['branch', 'branch start --data /var/lib/outpost/branch'],
  ])('of %s watch the node, start it again and let it write nothing else', (name, command) => {
    const lines = read(`systemd/outpost-${name}.service`).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'Type=notify',
        'NotifyAccess=all',
        'WatchdogSec=30',
        'Restart=always',
        'StartLimitIntervalSec=0',
        'KillMode=mixed',
        'TimeoutStopSec=20',
        'ProtectSystem=strict',
        'NoNewPrivileges=true',
        'UMask=0077',
        `ExecStart=/usr/bin/node /opt/outpost/dist/bin/outpost.js ${command}`,
      ]),
    )
    expect(lines.some((line) => line.startsWith('MemoryMax='))).toBe(true)
  })
})

describe('the page of operations', () => {
  const page = read('README.md')

  test('has each check of the doctor, and its limits', () => {
    const checks = [...page.matchAll(/^\| `(\w+)` /gm)].map(([, check]) => check!)
    expect(checks).toEqual(Object.keys(CHECKS))
    const { clockMs, freeBytes, tightBytes, backupMs } = DOCTOR_LIMITS
    expect(page).toContain(`more than ${clockMs / 1000} s off`)
    expect(page).toContain(`less than ${freeBytes / 1e6} MB`)
    expect(page).toContain(`less than the store and ${tightBytes / 1e9} GB`)
    expect(page).toContain(`older than ${backupMs / 3_600_000} h`)
  })
})

test('logs in files are rotated as whom they belong to: systemd makes them as root', () => {
  expect(read('logrotate.conf')).not.toMatch(/^ +su (?!root)/m)
  expect(read('README.md')).toContain('install -d -m 755 /var/log/outpost')
})

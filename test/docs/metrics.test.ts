import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { FEWEST_FAILURES, WINDOWS } from '../../adapters/alerts/burn-rate.ts'
import { ALERT_LEVELS, ALERT_RULES, FEWEST_REQUESTS } from '../../adapters/alerts/thresholds.ts'
import { METRICS, type MetricFacts } from '../../adapters/metrics/metric-catalogue.ts'
import { anchorsOf } from './links.ts'

const read = (name: string) => readFileSync(new URL(`../../docs/operations/${name}`, import.meta.url), 'utf8')

const CATALOGUE: Readonly<Record<string, MetricFacts>> = METRICS
/** Those that Prometheus itself adds. */
const OWN_LABELS = ['job', 'instance', 'le']

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly for?: string
  readonly labels?: { readonly severity: string }
  readonly annotations?: { readonly summary: string; readonly runbook: string }
}

const { groups } = parse(read('prometheus-rules.yaml')) as { groups: { name: string; rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)
const records = new Set(rules.flatMap(({ record }) => record ?? []))

interface Panel {
  readonly title: string
  readonly type: string
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

const dashboard = JSON.parse(read('grafana.json')) as {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] }
}

/** Of an expression of PromQL: the metric behind each name of a series, and the labels that it speaks of. */
function partsOf(expr: string): { readonly metrics: string[]; readonly records: string[]; readonly labels: string[] } {
  const plain = expr.replaceAll(/"[^"]*"/g, '""')
  const metrics = [...plain.matchAll(/(?<![:\w])(?:outpost|process)_\w+/g)].map(([name]) => name)
  const labels = [
    ...[...plain.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside]) => inside!.match(/\w+(?=\s*(?:=|!))/g) ?? []),
    ...[...plain.matchAll(/\b(?:by|on|without|ignoring) \(([^)]*)\)/g)].flatMap(([, inside]) => inside!.match(/\w+/g)!),
  ]
  return { metrics, records: plain.match(/\boutpost:[\w:]+/g) ?? [], labels }
}

/** The metric whose series has this name. */
function metricOf(series: string): MetricFacts | undefined {
  const found = CATALOGUE[series]
  if (found) return found.type === 'histogram' ? undefined : found
  const base = CATALOGUE[series.replace(/_(bucket|sum|count)$/, '')]
  return base?.type === 'histogram' ? base : undefined
}

/** A span of time, ms. */
function inPromql(ms: number): string {
  return ms < 3_600_000 ? `${ms / 60_000}m` : `${ms / 3_600_000}h`
}

function mistakesIn(expr: string): string[] {
  const { metrics, records: recorded, labels } = partsOf(expr)
  const known = new Set([...OWN_LABELS, ...metrics.flatMap((name) => metricOf(name)?.labels ?? [])])
  return [
    ...metrics.filter((name) => !metricOf(name)).map((name) => `no metric ${name}`),
    ...recorded.filter((name) => !records.has(name)).map((name) => `no record ${name}`),
    ...labels.filter((label) => !known.has(label)).map((label) => `no label ${label}`),
    ...(metrics.length + recorded.length === 0 && !expr.startsWith('up{') ? ['no metric at all'] : []),
  ]
}

describe('docs/operations/metrics.md', () => {
  test('has each metric that is exported with its labels and its meaning, and no other', () => {
    const rows = read('metrics.md')
      .split('\n')
      .filter((line) => /^\| `(?:outpost|process)_/.test(line))
      .map((row) =>
        row
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
    const wanted = Object.entries(CATALOGUE).map(([name, { type, labels, node, help }]) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
      node,
      help,
    ])
    expect(rows).toEqual(wanted)
  })
})

describe('what is exported', () => {
  test.each(Object.entries(CATALOGUE))('%s is named by the conventions of Prometheus', (name, { type, buckets }) => {
    expect(name).toMatch(/^(outpost|process)(_[a-z]+)+$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|hours|kb|mb|percent|count|sum|bucket)(_|$)/)
    expect(buckets !== undefined).toBe(type === 'histogram')
  })
})

describe('the rules for Prometheus', () => {
  test.each(rules.map((rule) => [`${rule.alert ?? rule.record} ${rule.labels?.severity ?? ''}`, rule.expr]))(
    '%s speaks of metrics and labels that there are',
    (_, expr) => {
      expect(mistakesIn(expr)).toEqual([])
    },
  )

  test.each(
    Object.entries(ALERT_RULES).flatMap(([rule, facts]) =>
      Object.entries(facts.usual).map(([level, threshold]) => ({ rule, level, threshold, facts })),
    ),
  )(
    "$rule at level $level is the node's own, with its threshold and its patience",
    ({ rule, level, threshold, facts }) => {
      const name = `Outpost${rule.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())}`
      const found = rules.filter(({ alert, labels }) => alert === name && labels?.severity === level)
      expect(found).toHaveLength(1)
      const [{ expr, annotations, for: patience = '0m' }] = found as [Rule]
      expect(expr).toMatch(
        new RegExp(`${facts.isBelow === true ? '<' : '>'} ${String(threshold).replace('.', '\\.')}(?![\\d.])`),
      )
      expect(patience).toBe(`${facts.holdMs / 60_000}m`)
      expect(annotations!.runbook).toBe(`docs/operations/runbook.md#${rule}`)
    },
  )

  test.each(ALERT_LEVELS)('burn-rate at level %s looks at its windows, and calls nobody for few failures', (level) => {
    const { expr } = rules.find(({ alert, labels }) => alert === 'OutpostBurnRate' && labels?.severity === level)!
    const [long, short] = [WINDOWS[level].longMs, WINDOWS[level].shortMs].map(inPromql) as [string, string]
    const wanted = [
      `outpost:exchange_failures:increase${long} >= ${FEWEST_FAILURES[level]}`,
      ...[long, short].map((window) => `outpost:exchanges:increase${window} >= ${FEWEST_REQUESTS}`),
    ]
    expect(wanted.filter((condition) => !expr.includes(condition))).toEqual([])
    const ratios = [long, short].map((window) => `outpost:exchange_failures:ratio${window}`)
    expect(partsOf(expr).records.filter((name) => name.includes(':ratio'))).toEqual(ratios)
  })

  test('has no alert without a section of the runbook', () => {
    const sections = anchorsOf(read('runbook.md'))
    const linked = rules.flatMap(({ annotations }) => annotations?.runbook.split('#')[1] ?? [])
    expect(linked.filter((anchor) => !sections.has(anchor))).toEqual([])
    expect(rules.filter(({ alert, annotations }) => alert !== undefined && !annotations)).toEqual([])
  })
})

describe('the dashboard for Grafana', () => {
  const shown = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const))

  test.each(shown)('%s speaks of metrics and labels that there are: %s', (_, expr) => {
    expect(mistakesIn(expr)).toEqual([])
  })

  test('its legends and variables name labels that there are', () => {
    const known = new Set([...OWN_LABELS, ...Object.values(CATALOGUE).flatMap(({ labels }) => labels)])
    const legends = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ legendFormat }) => legendFormat))
    const named = legends.flatMap((legend) => [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!))
    expect(named.filter((label) => !known.has(label))).toEqual([])
    const queries = dashboard.templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : query.query))
    const [, expr, label] = /^label_values\((.*), (\w+)\)$/.exec(queries[0]!)!
    expect(mistakesIn(expr!)).toEqual([])
    expect(metricOf(partsOf(expr!).metrics[0]!)!.labels).toContain(label)
  })

  test('leaves no panel empty and lays none over another', () => {
    const panels = dashboard.panels as readonly (Panel & { gridPos: Record<'x' | 'y' | 'w' | 'h', number> })[]
    expect(panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)).toEqual([])
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24)
  })
})

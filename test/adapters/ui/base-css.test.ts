import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build as buildApp, resolveConfig, type Rolldown } from 'vite'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('../../../', import.meta.url)

const css = readFileSync(new URL('../../../adapters/ui/base.css', import.meta.url), 'utf8')
const PAIR = /--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g
const pairs = [...css.matchAll(PAIR)]
const light = new Map(pairs.map(([, name, colour]) => [name!, colour!] as const))
const dark = new Map(pairs.map(([, name, , colour]) => [name!, colour!] as const))

/** Text on ground, as the pages combine them. */
const TEXTS = [
  ...['ink', 'muted', 'accent', 'bad'].flatMap((ink) =>
    ['ground', 'surface', 'raised'].map((ground) => [ink, ground] as const),
  ),
  ['ink', 'accent-soft'],
  ['ink', 'unknown-soft'],
  ['accent', 'accent-soft'],
  ['accent-ink', 'accent'],
  ...['good', 'busy', 'bad', 'unknown'].flatMap((tone) => [
    [tone, `${tone}-soft`] as const,
    [tone, 'surface'] as const,
  ]),
] as const

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s colours', (_, tokens) => {
  it.each(TEXTS)('show %s on %s with the contrast that AA wants', (ink, ground) => {
    expect(contrast(tokens.get(ink)!, tokens.get(ground)!)).toBeGreaterThanOrEqual(4.5)
  })

  it('show the outline of what has the focus on every ground', () => {
    for (const ground of ['ground', 'surface', 'raised']) {
      expect(contrast(tokens.get('accent')!, tokens.get(ground)!)).toBeGreaterThanOrEqual(3)
    }
  })
})

it('says every colour of the pages for light and for dark, in one place', () => {
  const named = [...css.matchAll(/#[0-9a-f]{3,8}\b/g)]
  expect(named).toHaveLength(2 * pairs.length)
})

it.each(['local-node/web', 'cloud-node/web'])(
  'is built for %s so that browsers which know no light-dark() show it too',
  async (app) => {
    const { build } = await resolveConfig(
      { configFile: fileURLToPath(new URL(`${app}/vite.config.ts`, ROOT)) },
      'build',
    )
    const input = fileURLToPath(new URL('adapters/ui/base.css', ROOT))
    const { target, cssTarget } = build
    const options = { target, cssTarget, write: false, rolldownOptions: { input } }
    const built = (await buildApp({ configFile: false, logLevel: 'silent', build: options })) as Rolldown.RolldownOutput
    const sheets = built.output.filter(({ fileName }) => fileName.endsWith('.css')) as Rolldown.OutputAsset[]
    const text = sheets.map(({ source }) => String(source)).join('')
    expect(text).toContain('#f3f5f4')
    expect(text).not.toContain('light-dark(')
  },
)

/** WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (lighter! + 0.05) / (darker! + 0.05)
}

function luminance(colour: string): number {
  expect(colour).toMatch(/^#[0-9a-f]{6}$/)
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

/** What a benchmark found: figures, ratios between peers, aims; as one line of JSON and as a table for people. */

export interface Figure {
  readonly value: number
  readonly unit: string
}

export interface Aim {
  /** The bound, as `>= 1` or `< 150`. */
  readonly aim: string
  readonly value: number
  readonly met: boolean
}

export class Report {
  readonly #bench: string
  readonly #figures: Record<string, Figure> = {}
  readonly #ratios: Record<string, number> = {}
  readonly #aims: Record<string, Aim> = {}

  constructor(bench: string) {
    this.#bench = bench
  }

  figure(name: string, value: number, unit: string): void {
    this.#figures[name] = { value: rounded(value), unit }
  }

  ratio(name: string, value: number): void {
    this.#ratios[name] = rounded(value)
  }

  atLeast(name: string, bound: number, value: number): void {
    this.#aims[name] = { aim: `>= ${bound}`, value: rounded(value), met: value >= bound }
  }

  below(name: string, bound: number, value: number): void {
    this.#aims[name] = { aim: `< ${bound}`, value: rounded(value), met: value < bound }
  }

  atMost(name: string, bound: number, value: number): void {
    this.#aims[name] = { aim: `<= ${bound}`, value: rounded(value), met: value <= bound }
  }

  /** The last line on stdout. */
  line(): string {
    return JSON.stringify({ bench: this.#bench, figures: this.#figures, ratios: this.#ratios, aims: this.#aims })
  }

  table(): string {
    const aims = Object.entries(this.#aims)
    return [
      ...section(Object.entries(this.#figures).map(([name, { value, unit }]) => [name, shown(value), unit])),
      ...section(Object.entries(this.#ratios).map(([name, value]) => [name, `${shown(value)} ×`])),
      ...section(aims.map(([name, { aim, value, met }]) => [name, shown(value), aim, met ? 'met' : 'MISSED'])),
    ].join('\n')
  }
}

/** Names to the left, numbers to the right, the rest as it is. */
function section(rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const names = Math.max(...rows.map(([name]) => name!.length))
  const values = Math.max(...rows.map(([, value]) => value!.length))
  return [
    '',
    ...rows.map(([name, value, ...rest]) => [name!.padEnd(names), value!.padStart(values), ...rest].join('  ')),
  ]
}

function shown(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 3 : 0 })
}

/** Five digits: more would claim a precision that no benchmark has. */
function rounded(value: number): number {
  return Number(value.toPrecision(5))
}

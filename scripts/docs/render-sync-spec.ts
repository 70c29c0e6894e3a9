/** What `local-node/sync/SPEC.md` takes from the machine: states, events, the table of transitions, the diagram. */
import { CYCLE_EVENTS, CYCLE_STATES, CYCLE_TABLE } from '../../local-node/sync/cycle-machine.ts'

const BEGIN = '<!-- Generated from cycle-machine.ts by scripts/docs/generate-sync-spec.ts. Do not edit. -->'
const END = '<!-- End of what is generated. -->'

/** The page with its generated part as the machine is now. */
export function renderSyncSpec(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error('the page has no place for what is generated')
  return `${page.slice(0, begin)}${BEGIN}\n\n${generated()}\n\n${page.slice(end)}`
}

type Name<T> = Extract<keyof T, string>
const states = Object.keys(CYCLE_STATES) as Name<typeof CYCLE_STATES>[]
const events = Object.keys(CYCLE_EVENTS) as Name<typeof CYCLE_EVENTS>[]

function generated(): string {
  return [
    '## States',
    list(CYCLE_STATES),
    '## Events',
    list(CYCLE_EVENTS),
    '## Transitions',
    table(),
    '## Diagram',
    diagram(),
  ].join('\n\n')
}

function list(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
    .join('\n')
}

function table(): string {
  const rows = states.flatMap((state) =>
    events.map((event) => {
      const { to, why } = CYCLE_TABLE[state][event]
      return [state, event, to.length === 0 ? 'stays' : to.join(', '), why]
    }),
  )
  const all = [['state', 'event', 'next state', 'what and why'], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const line = (row: readonly string[], filler = ' ') =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!, filler)).join(' | ')} |`
  const rule = line(
    widths.map(() => ''),
    '-',
  )
  return [line(all[0]!), rule, ...rows.map((row) => line(row))].join('\n')
}

/** One arrow for all events that lead from one state to another. */
function diagram(): string {
  const arrows = states.flatMap((state) =>
    states.flatMap((target) => {
      const labels = events.filter((event) => event !== 'stop' && CYCLE_TABLE[state][event].to.includes(target))
      return labels.length === 0 ? [] : [`  ${state} --> ${target}: ${labels.join(', ')}`]
    }),
  )
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> off', ...arrows, '```'].join('\n')
}

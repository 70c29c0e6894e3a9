/** How far the demonstration is: bars on a terminal, a line now and then elsewhere. All on stderr. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress'

const LINE_PAUSE_MS = 5000

export interface Progress {
  /** @param total may grow */
  update(name: string, value: number, total: number, note?: string): void
  say(line: string): void
  stop(): void
}

export function createProgress(): Progress {
  return process.stderr.isTTY ? bars() : lines()
}

function bars(): Progress {
  const format = '{name} [{bar}] {value}/{total} {note}'
  const multi = new MultiBar(
    { format, stream: process.stderr, hideCursor: true, clearOnComplete: false },
    Presets.shades_grey,
  )
  const byName = new Map<string, SingleBar>()
  return {
    update(name, value, total, note = '') {
      const payload = { name: name.padEnd(16), note }
      let bar = byName.get(name)
      if (!bar) byName.set(name, (bar = multi.create(total, value, payload)))
      bar.setTotal(total)
      bar.update(value, payload)
    },
    say: (line) => multi.log(`${line}\n`),
    stop: () => multi.stop(),
  }
}

function lines(): Progress {
  const toldAt = new Map<string, number>()
  return {
    update(name, value, total, note = '') {
      const nowMs = Date.now()
      if (value !== total && nowMs - (toldAt.get(name) ?? 0) < LINE_PAUSE_MS) return
      if (value === total && toldAt.get(name) === Number.POSITIVE_INFINITY) return
      toldAt.set(name, value === total ? Number.POSITIVE_INFINITY : nowMs)
      process.stderr.write(`${name}: ${value}/${total} ${note}\n`)
    },
    say: (line) => void process.stderr.write(`${line}\n`),
    stop: () => undefined,
  }
}

/** The most memory that a process has had, MB. */
import { readFileSync } from 'node:fs'

/** @returns `undefined` where the system does not tell */
export function peakRssMb(pid: number | 'self'): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6
  } catch {
    return undefined
  }
}

/** What `getrusage` says is the last resort: on Linux a process begins there with the peak of the one that started it. */
export function ownPeakRssMb(): number {
  return peakRssMb('self') ?? (process.resourceUsage().maxRSS * 1024) / 1e6
}

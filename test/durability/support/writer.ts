/** Runs `writer-process.ts` until it is dead, and says what it had acknowledged. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as later } from 'node:timers/promises'
import type { WriterPlan } from './writer-process.ts'

/** When the process is killed. */
export type Moment =
  /** So long after it begins to open the store. */
  | { readonly at: 'opening'; readonly delayMs: number }
  /** So long after its n-th acknowledgement of this run has been heard. */
  | { readonly at: 'acknowledgement'; readonly count: number; readonly delayMs: number }
  /** By its own hand, with nothing between the n-th acknowledgement and its end. */
  | { readonly at: 'own hand'; readonly count: number }

/**
 * @param script as bundled
 * @returns how many operations have been acknowledged, those that were done before included
 */
export async function runUntilKilled(script: string, plan: WriterPlan, moment: Moment): Promise<number> {
  const planFile = `${plan.file}.plan`
  const endsAt = moment.at === 'own hand' ? { endsAt: plan.done + moment.count } : {}
  writeFileSync(planFile, JSON.stringify({ ...plan, ...endsAt }))
  const child = spawn(process.execPath, [script, planFile], { stdio: ['ignore', 'pipe', 'inherit'] })
  let acknowledged = plan.done
  let last = ''
  const kill = (delayMs: number) => void later(delayMs).then(() => child.kill('SIGKILL'))
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = line
    if (line === 'opening' && moment.at === 'opening') kill(moment.delayMs)
    if (!/^\d+$/.test(line)) return
    acknowledged = Number(line)
    if (moment.at === 'acknowledgement' && acknowledged === plan.done + moment.count) kill(moment.delayMs)
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself with ${code} after "${last}"`)
  return acknowledged
}

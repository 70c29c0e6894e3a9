/** Who is logged in at this page. Nothing is shown to nobody, and whoever is refused later is asked to log in again. */
import { signal, type ReadonlySignal } from '@preact/signals'
import { watchStatus, type LiveStatus } from '../../../adapters/ui/live-status.ts'
import type { ErrorBody } from '../../../schemas/outpost-error.ts'
import type { CloudSession, SessionAccount } from '../../../schemas/protocol/accounts.ts'
import type { CloudNodeStatus } from '../../../schemas/protocol/status.ts'

export type PageSession =
  | { readonly kind: 'asking'; readonly unreachable: boolean }
  /** `why` after somebody was logged in here. */
  | { readonly kind: 'nobody'; readonly why?: 'ended' | 'left' }
  | { readonly kind: 'account'; readonly account: SessionAccount; readonly live: LiveStatus<CloudNodeStatus> }

/** Why a login did not work; `undefined` where the node did not answer. */
export interface LoginFailure {
  readonly error: Pick<ErrorBody, 'code' | 'message'> | undefined
  /** When to try again, ms from now. */
  readonly waitMs: number
}

const DEADLINE_MS = 15_000
const AGAIN_MS = 2_000

const current = signal<PageSession>({ kind: 'asking', unreachable: false })
export const session: ReadonlySignal<PageSession> = current

/** All tabs of a browser have one cookie: each acts for whoever signed in last in any of them, and has to say so. */
let tellTabs: (account: SessionAccount | undefined) => void = () => undefined

/** Call once, when the page begins. */
export async function openSession(): Promise<void> {
  const tabs = new BroadcastChannel('outpost-session')
  tabs.addEventListener('message', (event) => {
    const data: unknown = 'data' in event ? event.data : undefined
    if (data === undefined) leave('left')
    else enter(data as SessionAccount)
  })
  tellTabs = (account) => tabs.postMessage(account)
  await askSession()
}

async function askSession(): Promise<void> {
  try {
    const response = await fetch('/api/session', { signal: AbortSignal.timeout(DEADLINE_MS) })
    if (!response.ok) throw new Error(`the node answered ${response.status}`)
    const { account } = (await response.json()) as CloudSession
    if (account) enter(account)
    else current.value = { kind: 'nobody' }
  } catch {
    current.value = { kind: 'asking', unreachable: true }
    setTimeout(() => void askSession(), AGAIN_MS)
  }
}

export async function logIn(name: string, password: string): Promise<LoginFailure | undefined> {
  try {
    const response = await post('/api/session', { name, password })
    const answer: unknown = await response.json()
    if (response.ok) {
      enter(answer as SessionAccount)
      tellTabs(answer as SessionAccount)
      return undefined
    }
    return { error: answer as ErrorBody, waitMs: Number(response.headers.get('retry-after') ?? 0) * 1000 }
  } catch {
    return { error: undefined, waitMs: 0 }
  }
}

/** Whether it is done: a page that cannot reach its node must not say so. */
export async function logOut(): Promise<boolean> {
  try {
    const response = await post('/api/session/end', {})
    if (!response.ok && response.status !== 401) return false
  } catch {
    return false
  }
  leave('left')
  tellTabs(undefined)
  return true
}

/** The node has refused what was asked by whoever was signed in then. */
export function endSession(then: PageSession): void {
  if (current.value === then) leave('ended')
}

function enter(account: SessionAccount): void {
  if (current.value.kind === 'account') current.value.live.close()
  const live = watchStatus<CloudNodeStatus>()
  current.value = { kind: 'account', account, live }
  live.refused.subscribe((refused) => {
    if (refused) leave('ended')
  })
}

function leave(why: 'ended' | 'left'): void {
  if (current.value.kind === 'account') current.value.live.close()
  current.value = { kind: 'nobody', why }
}

/** Rejects where the node does not answer. */
export function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(DEADLINE_MS)
  return fetch(path, { method: 'POST', headers, body: JSON.stringify(body), signal })
}

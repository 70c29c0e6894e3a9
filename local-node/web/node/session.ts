/** Which branch this device belongs to. Asked of the node, and kept for starts without it. */
import { NO_BALANCE } from '../../../schemas/contribution.ts'
import { isChainKey } from '../../../schemas/member-id.ts'
import type { BranchSession } from '../../../schemas/protocol/session.ts'
import { isRecord } from '../../../schemas/json.ts'

const STORED = 'outpost.session'
const DEADLINE_MS = 4_000

/** The kept session, at once; `undefined` before the first meeting. */
export function storedSession(): BranchSession | undefined {
  try {
    const session: unknown = JSON.parse(localStorage.getItem(STORED) ?? 'null')
    // One that was kept before overdrafts were told allows none.
    return isSession(session) ? { ...session, overdraft: session.overdraft ?? NO_BALANCE } : undefined
  } catch {
    return undefined
  }
}

/** The node's answer; `undefined` where it gives none. */
export async function askSession(): Promise<BranchSession | undefined> {
  try {
    const response = await fetch('/api/session', { signal: AbortSignal.timeout(DEADLINE_MS) })
    const session: unknown = await response.json()
    if (!response.ok || !isSession(session)) return undefined
    localStorage.setItem(STORED, JSON.stringify(session))
    return { ...session, overdraft: session.overdraft ?? NO_BALANCE }
  } catch {
    return undefined
  }
}

type KeptSession = Omit<BranchSession, 'overdraft'> & Partial<Pick<BranchSession, 'overdraft'>>

function isSession(session: unknown): session is KeptSession {
  return (
    isRecord(session) &&
    typeof session['branchId'] === 'string' &&
    typeof session['branchName'] === 'string' &&
    typeof session['country'] === 'string' &&
    typeof session['currency'] === 'string' &&
    typeof session['chainKey'] === 'string' &&
    isChainKey(session['chainKey'])
  )
}

/** What can be done about an exception, decided purely from what stands of it and of its document. */
import type { DiscardStep, DocumentStanding, ExceptionDirection, RetryStep } from '../../schemas/protocol/exceptions.ts'

export interface ExceptionFacts {
  readonly node: 'branch' | 'cloud'
  readonly direction: ExceptionDirection
  readonly code: string
  /** Whether the state that failed is kept; an erasure takes it away. */
  readonly hasState: boolean
  readonly standing: DocumentStanding
  /** Whether a person has discarded the document already, and headquarters' state is on its way. */
  readonly isDiscarded: boolean
}

export interface ExceptionPlan {
  readonly retry?: RetryStep
  readonly discard?: DiscardStep
}

export function planFor(facts: ExceptionFacts): ExceptionPlan {
  return facts.node === 'branch' ? atBranch(facts) : atHeadquarters(facts)
}

function atBranch({ direction, hasState, standing, isDiscarded }: ExceptionFacts): ExceptionPlan {
  if (direction === 'push') {
    if (standing === 'retry' || standing === 'parked') return { retry: 'send', discard: 'replace' }
    // What failed is no longer what stands here: a newer state has tries of its own.
    return { retry: standing === 'pending' ? 'send' : 'done', discard: 'forget' }
  }
  if (direction === 'pull') return { retry: 'ask', ...(!isDiscarded && { discard: 'forget' }) }
  if (direction === 'receipt') return { discard: 'forget' }
  if (direction === 'client') return ofClient(hasState)
  return {}
}

function ofClient(hasState: boolean): ExceptionPlan {
  return { ...(hasState && { retry: 'take' }), discard: 'forget' }
}

function atHeadquarters({ direction, code, hasState, standing }: ExceptionFacts): ExceptionPlan {
  if (direction === 'pull') {
    const isGone = standing === 'absent' || standing === 'undeclared'
    return { retry: isGone ? 'done' : 'resend', discard: 'forget' }
  }
  if (direction === 'client') return ofClient(hasState)
  if (direction === 'here' && code === 'LOST_FUTURE') {
    return hasState && standing !== 'undeclared' ? { retry: 'restore', discard: 'withdraw' } : { discard: 'forget' }
  }
  return {}
}

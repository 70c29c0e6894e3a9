/** Whom a commit brought something, and how urgent that is. Pure. */
import { SHARED_SCOPE } from '../../schemas/brand.ts'

/** A change as far as it matters here. */
export interface Written {
  readonly scope: string
  /** The branch that wrote it; '' for headquarters. */
  readonly origin: string
  readonly syncClass: number
}

/** What is new in one scope: the two highest classes of different origins, so that a branch's own can be left out. */
interface ScopeNews {
  readonly first: Written
  readonly second?: Written
}

export type News = Map<string, ScopeNews>

/** Adds a change to what is new already. */
export function noteNews(news: News, written: Written): void {
  const known = news.get(written.scope)
  const { first, second } = known ?? { first: written }
  if (written.syncClass > first.syncClass) {
    const next = first.origin === written.origin ? second : first
    news.set(written.scope, { first: written, ...(next && { second: next }) })
  } else if (written.origin !== first.origin && written.syncClass > (second?.syncClass ?? 0)) {
    news.set(written.scope, { first, second: written })
  } else if (!known) {
    news.set(written.scope, { first })
  }
}

/** The highest classes that are new for a branch and did not come from it; 0 for none. */
export function newsFor(news: News, branchId: string): { readonly own: number; readonly shared: number } {
  const highest = (scope: string): number => {
    const found = news.get(scope)
    const from = found?.first.origin === branchId ? found.second : found?.first
    return from?.syncClass ?? 0
  }
  return { own: highest(branchId), shared: highest(SHARED_SCOPE) }
}

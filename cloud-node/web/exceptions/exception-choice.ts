/** Which exceptions are listed, as it stands in the page's address; it stays there while one of them is looked at. */
import { hashOf } from '../frame/place.ts'

export const LISTED_COLLECTIONS = ['orders', 'members', 'products', 'movements', 'requests', 'decisions', 'branches']
export const EXCEPTION_FILTERS = ['branch', 'collection', 'waiting'] as const
export type ExceptionFilter = (typeof EXCEPTION_FILTERS)[number]

/** Only what is a filter; what the fields could not show is as if it were not there. */
export function exceptionChoice(chosen: URLSearchParams): URLSearchParams {
  return new URLSearchParams(
    EXCEPTION_FILTERS.flatMap((name) => {
      const value = chosen.get(name) ?? ''
      return value !== '' && canShow(name, value) ? [[name, value]] : []
    }),
  )
}

export function withExceptionFilter(choice: URLSearchParams, name: ExceptionFilter, value: string): URLSearchParams {
  const next = new URLSearchParams(choice)
  next.set(name, value)
  return exceptionChoice(next)
}

/** One exception of the list. */
export function exceptionHref(choice: URLSearchParams, id: string): string {
  const next = new URLSearchParams(choice)
  next.set('id', id)
  return hashOf('exceptions', next)
}

function canShow(name: ExceptionFilter, value: string): boolean {
  if (name === 'collection') return LISTED_COLLECTIONS.includes(value)
  return name === 'branch' || value === 'true' || value === 'false'
}

/** What is searched for in the log, as it stands in the page's address, and what the node is asked for it. */
import { readDocumentPath, REQUEST_ID, SYNC_LOG_KINDS, SYNC_OUTCOMES } from '../../../schemas/protocol/sync-log.ts'

export const LOG_FILTERS = ['branch', 'kind', 'outcome', 'code', 'request', 'document', 'from', 'to'] as const
export type LogFilter = (typeof LOG_FILTERS)[number]
export type LogChoice = Readonly<Partial<Record<LogFilter, string>>>

/** Only what is a filter, in their order; what the fields could not show is as if it were not there. */
export function choiceOf(chosen: URLSearchParams): LogChoice {
  return Object.fromEntries(
    LOG_FILTERS.flatMap((name) => {
      const value = chosen.get(name) ?? ''
      return value !== '' && canShow(name, value) ? [[name, value]] : []
    }),
  )
}

function canShow(name: LogFilter, value: string): boolean {
  if (name === 'kind') return SYNC_LOG_KINDS.some((kind) => kind === value)
  if (name === 'outcome') return SYNC_OUTCOMES.some((outcome) => outcome === value)
  return (name !== 'from' && name !== 'to') || toLocal(value) !== ''
}

/** Whether the time that is searched ends before it begins. */
export function endsEarly({ from, to }: LogChoice): boolean {
  return from !== undefined && to !== undefined && Date.parse(to) <= Date.parse(from)
}

export function withFilter(choice: LogChoice, name: LogFilter, value: string): URLSearchParams {
  return paramsOf({ ...choice, [name]: value.trim() })
}

/** As it stands in the address, and in what the node is asked. */
export function paramsOf(choice: LogChoice): URLSearchParams {
  return new URLSearchParams(
    LOG_FILTERS.flatMap((name): [string, string][] => {
      const value = choice[name] ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  )
}

/** What the node would refuse of a filter that is typed; `undefined` where it would not. */
export function problemOf(name: 'code' | 'request' | 'document', typed: string): 'request' | 'document' | undefined {
  const text = typed.trim()
  if (text === '') return undefined
  if (name === 'request') return REQUEST_ID.test(text) ? undefined : 'request'
  if (name === 'document') return readDocumentPath(text) ? undefined : 'document'
  return undefined
}

/** What an `<input type="datetime-local">` shows of a moment. */
export function toLocal(iso: string | undefined): string {
  const at = iso === undefined ? Number.NaN : Date.parse(iso)
  if (Number.isNaN(at)) return ''
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}

/** @param local as the input gives it, in the time of the device */
export function fromLocal(local: string): string {
  const at = Date.parse(local)
  return Number.isNaN(at) ? '' : new Date(at).toISOString()
}

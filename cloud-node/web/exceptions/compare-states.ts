/** The state that failed beside the one that headquarters has, field by field, and which fields a person may correct. */
import { canonicalJson, type Doc } from '../../../schemas/json.ts'
import { ORDER_TRANSITIONS, type OrderState } from '../../../schemas/order-status.ts'

export interface ComparedField {
  readonly name: string
  /** As text; absent where the state has no such field. */
  readonly failed?: string
  readonly stored?: string
  readonly differs: boolean
}

/** Fields that differ first, each part by name. */
export function compareStates(failed: Doc | undefined, stored: Doc | undefined): readonly ComparedField[] {
  const names = [...new Set([...namesOf(failed), ...namesOf(stored)])].toSorted()
  const fields = names.map((name): ComparedField => {
    const [before, now] = [textOf(failed?.[name]), textOf(stored?.[name])]
    return {
      name,
      ...(before !== undefined && { failed: before }),
      ...(now !== undefined && { stored: now }),
      differs: failed !== undefined && stored !== undefined && before !== now,
    }
  })
  return [...fields.filter(({ differs }) => differs), ...fields.filter(({ differs }) => !differs)]
}

/** By name, as they stand. */
export type Correctable = Readonly<Record<string, string | number | boolean>>

/** Not what says which document it is and whose, what an order's rounds decide, nor what is masked and so not known here. */
const NEVER = new Set(['id', 'branchId', 'scope', 'status', 'round', 'memberId', 'registrationId'])

export function correctable(stored: Doc): Correctable {
  return Object.fromEntries(
    Object.entries(stored).filter((entry): entry is [string, string | number | boolean] => {
      const [name, value] = entry
      if (NEVER.has(name) || name.startsWith('_')) return false
      if (typeof value === 'string') return !value.includes('*')
      return typeof value === 'number' || typeof value === 'boolean'
    }),
  )
}

export type Corrections =
  | { readonly ok: true; readonly fields: Correctable }
  | { readonly ok: false; /** Where a number is wanted. */ readonly field: string }

/** Only what was changed: an untouched field may have changed at headquarters meanwhile. */
export function correctionsOf(stood: Correctable, typed: Readonly<Record<string, string>>): Corrections {
  const fields: Record<string, string | number | boolean> = {}
  for (const [name, text] of Object.entries(typed)) {
    const before = stood[name]
    if (before === undefined || text === String(before)) continue
    if (typeof before === 'number') {
      if (text.trim() === '' || !Number.isFinite(Number(text))) return { ok: false, field: name }
      fields[name] = Number(text)
    } else fields[name] = typeof before === 'boolean' ? text === 'true' : text
  }
  return { ok: true, fields }
}

export const ORDER_STATES = Object.keys(ORDER_TRANSITIONS) as readonly OrderState[]

/** What an order's round has reached and when, as the reason of `ORDER_STATE_CONFLICT` tells it. */
export function statesReached(reason: string): readonly { readonly state: OrderState; readonly at: string }[] {
  return [...reason.matchAll(/(\w+) at (\d{4}-\d\d-\d\dT[\d:.]+Z)/g)].flatMap(([, name, at]) => {
    const state = ORDER_STATES.find((one) => one === name)
    return state && at !== undefined ? [{ state, at }] : []
  })
}

/** Every document says that it is not deleted. */
function namesOf(doc: Doc | undefined): string[] {
  return Object.keys(doc ?? {}).filter((name) => name !== '_deleted' || doc?.[name] === true)
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : canonicalJson(value)
}

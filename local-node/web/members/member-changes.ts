/** What somebody typed about a member, made into the smallest change: fields that nobody touched are not written. */
import type { MemberDocument } from '../../../schemas/collections/members.ts'

export const EDITED = ['name', 'birthday', 'email', 'address', 'note'] as const
export type EditedField = (typeof EDITED)[number]
export type Typed = Partial<Readonly<Record<EditedField, string>>>
type Facts = Pick<MemberDocument, EditedField>

/** `undefined`: the field is emptied. */
export type MemberChange = { readonly [Field in EditedField]?: string | undefined }
export type FieldProblem = 'missing' | 'email' | 'birthday'
export type FieldProblems = Partial<Readonly<Record<EditedField, FieldProblem>>>

export const LONGEST: Readonly<Record<EditedField, number>> = {
  name: 200,
  birthday: 20,
  email: 254,
  address: 500,
  note: 4000,
}
const OLDEST_YEAR = 1900

/**
 * @param member as it is now, not as it was when typing began
 * @param typed the touched fields
 * @param today `YYYY-MM-DD`
 */
export function readChanges(
  member: Facts,
  typed: Typed,
  today: string,
): { readonly change: MemberChange; readonly problems: FieldProblems } {
  const change: { [Field in EditedField]?: string | undefined } = {}
  const problems: { [Field in EditedField]?: FieldProblem } = {}
  for (const field of EDITED) {
    const text = typed[field]?.trim().slice(0, LONGEST[field])
    if (text === undefined || text === (member[field] ?? '')) continue
    const reading = readField(field, text, today)
    if (!reading.ok) problems[field] = reading.problem
    else if (reading.value !== (member[field] ?? '')) change[field] = reading.value === '' ? undefined : reading.value
  }
  return { change, problems }
}

type Reading = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly problem: FieldProblem }

function readField(field: EditedField, text: string, today: string): Reading {
  if (text === '') return field === 'name' ? { ok: false, problem: 'missing' } : { ok: true, value: '' }
  if (field === 'birthday') {
    const birthday = readBirthday(text, today)
    return birthday === undefined ? { ok: false, problem: 'birthday' } : { ok: true, value: birthday }
  }
  if (field !== 'email') return { ok: true, value: text }
  const email = text.normalize('NFKC')
  return /^[^\s@,;]+@[^\s@,;.]+(\.[^\s@,;.]+)+$/.test(email)
    ? { ok: true, value: email }
    : { ok: false, problem: 'email' }
}

/** `1990-5-3`, `1990/05/03`, `19900503`, `1990年5月3日`: a day that there was, as `YYYY-MM-DD`. */
export function readBirthday(text: string, today: string): string | undefined {
  const plain = text.normalize('NFKC').trim()
  const [, year, month, day] =
    /^(\d{4})[-/.\s年]+(\d{1,2})[-/.\s月]+(\d{1,2})日?$/.exec(plain) ?? /^(\d{4})(\d\d)(\d\d)$/.exec(plain) ?? []
  if (!year || !month || !day || Number(year) < OLDEST_YEAR) return undefined
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const ms = Date.parse(`${date}T00:00:00.000Z`)
  // 30 February would become a day of March.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) return undefined
  return date <= today ? date : undefined
}

/** Requests in words that a cashier understands: what was asked, how it stands, why a person has to decide. */
import {
  isHeadquartersOwn,
  type HoldReason,
  type RequestDocument,
  type RequestKind,
} from '../../../schemas/collections/requests.ts'
import type { Tone } from '../../../adapters/ui/badge.tsx'
import type { Word } from '../words.ts'

const WISH: Readonly<Record<RequestKind, Word>> = {
  phone: 'request.phone',
  share: 'request.share',
  merge: 'request.merge',
  release: 'request.release',
  split: 'request.split',
  delete: 'request.delete',
  erase: 'request.erase',
  registration: 'request.registration',
}

const WHY: Readonly<Record<HoldReason, Word>> = {
  'number-taken': 'request.why.number-taken',
  'registered-twice': 'request.why.registered-twice',
  'number-over': 'request.why.number-over',
  'number-changed': 'request.why.number-changed',
  joined: 'request.why.joined',
  'member-unknown': 'request.why.member-unknown',
  'member-gone': 'request.why.member-gone',
  'needs-person': 'request.why.needs-person',
}

export function wishWord(request: Pick<RequestDocument, 'id' | 'what'>): Word {
  return request.what === 'delete' && isHeadquartersOwn(request) ? 'request.revive' : WISH[request.what]
}

export function whyWord({ state, why }: Pick<RequestDocument, 'state' | 'why'>): Word | undefined {
  return state === 'held' && why !== undefined ? WHY[why] : undefined
}

export function stateWord({ state, what }: Pick<RequestDocument, 'state' | 'what'>): Word {
  if (state === 'held' && what === 'registration') return 'request.state.nobodys'
  return `request.state.${state ?? 'pending'}`
}

export function toneOf({ state }: Pick<RequestDocument, 'state'>): Tone {
  if (state === 'granted') return 'good'
  return state === 'refused' ? 'bad' : 'busy'
}

/** The phone that a request names, E.164; `undefined` once it is granted or erased, or where it is about none. */
export function phoneOfRequest({ to, held }: Pick<RequestDocument, 'to' | 'held'>): string | undefined {
  const registered: unknown = held?.['phone']
  return to ?? (typeof registered === 'string' ? registered : undefined)
}

/** The name that a held document says. */
export function nameOfHeld({ held }: Pick<RequestDocument, 'held'>): string | undefined {
  const name: unknown = held?.['name']
  return typeof name === 'string' && name !== '' ? name : undefined
}

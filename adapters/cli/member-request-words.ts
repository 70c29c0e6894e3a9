/** Requests about members as people read them: what was asked, how it stands, what can be decided. */
import {
  isHeadquartersOwn,
  type HoldReason,
  type RequestDocument,
  type RequestKind,
} from '../../schemas/collections/requests.ts'
import { minute, plain, table } from './member-table.ts'

const WHY_HELD: Readonly<Record<HoldReason, string>> = {
  'number-taken': 'another member holds the number',
  'number-over': 'whoever had the number was released or deleted: this may be somebody else',
  'number-changed': 'the number of the member has changed since',
  joined: 'a registration that the branch had not seen has joined the member since',
  'registered-twice': 'the registration stands with another member',
  'member-unknown': 'headquarters knows no such member',
  'member-gone': 'the member is deleted',
  'needs-person': 'only a person decides this',
}

const WISH: Readonly<Record<RequestKind, (request: RequestDocument) => string>> = {
  phone: ({ memberId, to = '(erased)' }) => `the phone ${to} for member ${memberId}`,
  share: ({ memberId }) => `member ${memberId} to be shared with every branch`,
  merge: ({ memberId, into = '(erased)' }) => `member ${memberId} to become part of member ${into}`,
  release: ({ memberId }) => `the phones of member ${memberId} to be released`,
  split: ({ memberId, registrations }) => `${registrations.join(', ')} to be taken out of member ${memberId}`,
  delete: ({ id, memberId }) =>
    isHeadquartersOwn({ id })
      ? `deleted member ${memberId} to be back, as it was edited since`
      : `member ${memberId} to be deleted`,
  erase: ({ memberId }) => `the personal data of member ${memberId} to be erased`,
  registration: (request) => `${heldInWords(request)} to be registered as member ${request.memberId}`,
}

/** Behind "asked for". */
export function wishInWords(request: RequestDocument): string {
  return WISH[request.what](request)
}

export function stateInWords({ state, why, answer }: RequestDocument): string {
  if (state === 'granted') return 'granted'
  if (state === 'refused') return `refused${answer === undefined ? '' : `: ${plain(answer)}`}`
  if (state === 'held') return `waits for a person at headquarters${why === undefined ? '' : `: ${WHY_HELD[why]}`}`
  return 'pending: headquarters has not decided yet'
}

/** A branch's own requests. */
export function requestsInWords(requests: readonly RequestDocument[]): string {
  if (requests.length === 0) return 'this branch has asked for nothing'
  return requests
    .map((request) => {
      const { id, at, decidedAt, reason } = request
      return table(
        [
          [id, minute(at), `asked for ${wishInWords(request)}`],
          ...(reason === undefined ? [] : [['', '', `because ${plain(reason)}`]]),
          ['', minute(decidedAt), stateInWords(request)],
        ],
        0,
      )
    })
    .join('\n')
}

/** The review queue of headquarters. */
export function reviewInWords(requests: readonly RequestDocument[], all: boolean): string {
  if (requests.length === 0) return all ? 'nothing was ever asked' : 'nothing waits for a person'
  return requests.map(reviewBlock).join('\n\n')
}

function reviewBlock(request: RequestDocument): string {
  const { id, branchId, at, reason, state, decidedAt } = request
  const rows = [
    ['asks for', wishInWords(request)],
    ...(reason === undefined ? [] : [['because', reason]]),
    ['state', `${stateInWords(request)}${decidedAt === undefined ? '' : ` (${minute(decidedAt)})`}`],
  ]
  if (state === 'held') choicesOf(request).forEach(([flag, means]) => rows.push([`--${flag}`, means]))
  const hint =
    state === 'held' ? `\n  decide with: outpost member decide ${id} …; --dry-run shows what would happen` : ''
  return `${id}  from ${branchId}, ${minute(at)}\n${table(rows, 2)}${hint}`
}

/** Whether a person may answer a request by naming a member. */
export function mayMerge({ what, held }: RequestDocument): boolean {
  return what === 'registration' || what === 'merge' || (what === 'phone' && !held)
}

function choicesOf(request: RequestDocument): [flag: string, means: string][] {
  const { what, held, into } = request
  const refuse: [string, string] = ['refuse', 'nothing changes']
  if (what === 'registration') {
    return [
      ['grant', 'it is a new member, who holds the phone from then on'],
      ['merge-into <member>', 'it is this member'],
      ['refuse', "it is nobody's, and so are its orders and movements"],
    ]
  }
  if (what === 'phone') {
    return [
      ['grant', 'the member has the phone, and whoever holds it has it no longer'],
      ['merge-into <holder>', 'both are one person: the member that asks becomes part of the holder'],
      refuse,
    ]
  }
  if (what === 'merge') {
    return [
      ['grant', `it becomes part of ${into}`],
      ['merge-into <member>', 'it becomes part of this member instead'],
      refuse,
    ]
  }
  return [['grant', held ? 'the member is back, with what was written' : 'it is done'], refuse]
}

function heldInWords({ held, state }: RequestDocument): string {
  if (!held) return state === 'granted' ? 'somebody' : 'somebody (erased)'
  const { name, phone } = held
  return `${plain(String(name))}${typeof phone === 'string' ? ` (${phone})` : ''}`
}

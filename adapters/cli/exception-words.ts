/** Exceptions as people read them: what failed, where, why, and what to do next. All of it stands in this file. */
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import type { Doc } from '../../schemas/json.ts'
import type {
  DiscardOutcome,
  DiscardStep,
  DocumentStanding,
  ExceptionDetail,
  ExceptionDirection,
  ExceptionPage,
  ExceptionView,
  RetryAllOutcome,
  RetryOutcome,
  RetryStep,
} from '../../schemas/protocol/exceptions.ts'
import { minute, plain, table } from './member-table.ts'

/** What the commands are told of where they run, for the commands that they name. */
export interface Place {
  readonly node: 'branch' | 'cloud'
  /** Behind a command, such as `--data /srv/outpost/north`. */
  readonly option: string
}

export function pageInWords({ exceptions, next }: ExceptionPage, place: Place): string {
  if (exceptions.length === 0) return 'no exceptions'
  const blocks = exceptions.map((view) => block(view, place))
  if (exceptions.some(({ retry, discard }) => retry ?? discard)) {
    blocks.push(`With one of them: outpost exceptions show|retry|discard <id> ${place.option}`)
  }
  if (next !== undefined) blocks.push(`There are more: outpost exceptions list --after ${next} ${place.option}`)
  return blocks.join('\n\n')
}

function block(view: ExceptionView, place: Place): string {
  const { id, collection, documentId, lastAt, tries, waiting, retry, discard } = view
  const state = waiting ? `tried again by itself${tries > 0 ? `, failed ${times(tries)}` : ''}` : 'waits for a person'
  const rows = [
    ['what', WHAT[view.direction](view, place)],
    ['why', whyInWords(view)],
    ['next', nextInWords(view)],
    ...(retry && !waiting ? [['retry', RETRY[retry]]] : []),
    ...(discard && !waiting ? [['discard', DISCARD[discard]]] : []),
  ]
  return `${id}  ${minute(lastAt)}  ${plain(`${collection} ${documentId}`)}  ${state}\n${table(rows, 2)}`
}

const WHAT: Readonly<Record<ExceptionDirection, (view: ExceptionView, place: Place) => string>> = {
  push: () => 'headquarters refuses what this branch has written',
  pull: ({ branchId, code }, { node }) => {
    if (node === 'cloud') return `branch ${branchId} cannot take what headquarters sends`
    return code === 'DISCARDED' ? 'was discarded here' : 'this branch cannot take what headquarters sends'
  },
  receipt: () => 'was taken here, and headquarters does not know that',
  client: ({ branchId }, { node }) =>
    `a till or another program ${node === 'cloud' ? `of branch ${branchId} ` : ''}sent it, and it was refused`,
  here: ({ code, branchId }) =>
    code === 'LOST_FUTURE'
      ? `came back from branch ${branchId} after headquarters was restored from a backup`
      : 'contradicts itself',
}

function whyInWords({ code, field, reason }: ExceptionView): string {
  return plain(`${field === undefined ? '' : `${field}: `}${reason} [${code}]`)
}

function nextInWords({ code, tries, waiting, standing, direction }: ExceptionView): string {
  if (direction === 'push' && standing === 'pending')
    return 'nothing need be done: a newer state of it waits to be sent'
  if (waiting && tries === 0) return 'nothing need be done: it has its turn with the next exchange'
  const remedy = code in ERROR_CATALOGUE ? ERROR_CATALOGUE[code as ErrorCode].remedy : 'See what is wrong with it.'
  return waiting ? `Wait; if it goes on: ${remedy}` : remedy
}

const RETRY: Readonly<Record<RetryStep, string>> = {
  send: 'it is sent once more with the next cycle',
  ask: 'headquarters is asked for it once more',
  take: 'it is taken as if it had just been sent',
  resend: 'headquarters hands it out once more',
  restore: 'headquarters takes it as it is and gives it to every branch',
  done: 'it is through already, and only the exception goes',
}

const DISCARD: Readonly<Record<DiscardStep, string>> = {
  replace: "headquarters' state takes its place here; what headquarters never had is deleted here",
  forget: 'the exception is forgotten, with the state that is kept in it',
  withdraw: 'it stays away: headquarters keeps what it has, or nothing, and branches take that',
}

const STANDING: Readonly<Record<DocumentStanding, (place: Place) => string>> = {
  settled: ({ node }) => (node === 'cloud' ? 'as it is here' : 'as headquarters has it'),
  pending: () => 'waits to be sent',
  retry: () => 'is sent once more with the next cycle',
  parked: () => 'kept back: it is not sent',
  absent: () => 'is not here',
  undeclared: () => 'of a collection that this node does not declare',
}

export function detailInWords(detail: ExceptionDetail, place: Place): string {
  const { firstAt, document, stored, standing, tries } = detail
  const rows = [
    ['since', `${minute(firstAt)}, failed ${times(tries)}`],
    ['here', STANDING[standing](place)],
    ...(document ? [['state that failed', asJson(document)]] : []),
    ...(stored ? [['state here', asJson(stored)]] : []),
  ]
  return `${block(detail, place)}\n${table(rows, 2)}`
}

function asJson(doc: Doc): string {
  return JSON.stringify(doc)
}

export function retryInWords({ dryRun, exception, does, refused }: RetryOutcome): string {
  if (refused) {
    const field = refused.field === undefined ? '' : `${refused.field}: `
    return plain(`${exception.id} was refused once more: ${field}${refused.reason} [${refused.code}]`)
  }
  return `${exception.id}: ${dryRun ? 'would do: ' : ''}${RETRY[does]}`
}

export function retryAllInWords({ dryRun, retried, refused, skipped }: RetryAllOutcome): string {
  const parts = [`${retried} ${dryRun ? 'would be' : 'are'} tried again`]
  if (refused > 0) parts.push(`${refused} were refused once more`)
  if (skipped > 0) parts.push(`${skipped} cannot be tried again: a person opens the next round, or discards them`)
  return parts.join('; ')
}

export function discardInWords({ dryRun, does, discarded }: DiscardOutcome): string {
  return `${discarded.id}: ${dryRun ? 'would do: ' : ''}${DISCARD[does]}`
}

export function discardQuestion({ does, discarded: { collection, documentId } }: DiscardOutcome): string {
  return `${plain(`${collection} ${documentId}`)} is given up: ${DISCARD[does]}.`
}

/** What is left of what was discarded. */
export function auditLine(outcome: DiscardOutcome): string {
  return JSON.stringify(outcome)
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

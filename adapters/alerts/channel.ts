/** A way to people. */
import type { AlertLevel, AlertsView } from '../../schemas/protocol/alerts.ts'
import type { AlertMessage } from './alert-message.ts'

export interface Channel {
  /** Of its own among the channels. */
  readonly name: string
  readonly kind: AlertsView['channels'][number]['kind']
  readonly levels: readonly AlertLevel[]
  /** How often it may be used; a program or a log takes everything at once. */
  readonly isForPeople: boolean
  /** How long a message may be under way, ms; the usual time without it. */
  readonly deadlineMs?: number
  /** @throws PartlySent; else what hinders, when nobody was reached. No message holds anything that is secret */
  send(message: AlertMessage, signal: AbortSignal): Promise<void>
}

/** Somebody was reached, and somebody was not. */
export class PartlySent extends Error {}

/** Mail over SMTP, by nodemailer: encrypted, unless it goes to this machine itself. */
import { createHash } from 'node:crypto'
import type { AlertLevel } from '../../../schemas/protocol/alerts.ts'
import { isLoopback } from '../../tls/encryption-policy.ts'
import { asPlainText, type AlertMessage } from '../alert-message.ts'
import type { Channel } from '../channel.ts'
import { LATE } from '../post.ts'

export interface EmailOptions {
  readonly name: string
  readonly levels: readonly AlertLevel[]
  readonly server: string
  readonly port: number
  /** `tls`: from the first byte; `starttls`: from the greeting on. */
  readonly security: 'tls' | 'starttls'
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly from: string
  readonly to: readonly string[]
}

/** Until a server greets. */
const GREETING_MS = 10_000
/** Some look a mail through before they say that they took it: whoever leaves earlier has it delivered, and sends it again. */
const ANSWER_MS = 60_000

export function emailChannel(options: EmailOptions): Channel {
  const { name, levels, server, port, security, user, password, from, to } = options
  return {
    name,
    kind: 'email',
    levels,
    isForPeople: true,
    deadlineMs: GREETING_MS + ANSWER_MS,
    async send(message, signal) {
      // Only whoever sends mail loads it.
      const { createTransport } = await import('nodemailer')
      const isHere = isLoopback(server)
      const transport = createTransport({
        host: server,
        port,
        secure: security === 'tls',
        requireTLS: security === 'starttls' && !isHere,
        ignoreTLS: isHere && security === 'starttls',
        ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
        connectionTimeout: GREETING_MS,
        greetingTimeout: GREETING_MS,
        socketTimeout: ANSWER_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const messageId = `<${idOf(message)}@${from.slice(from.lastIndexOf('@') + 1).replace(/[^\w.-]/g, '')}>`
      const mail = { from, to: [...to], subject: message.title, text: asPlainText(message), messageId }
      try {
        await Promise.race([transport.sendMail(mail), endOf(signal)])
      } catch (cause) {
        throw new Error(signal.aborted ? LATE : whyNot(cause), { cause })
      } finally {
        transport.close()
      }
    },
  }
}

/** The same for the same news: who sends a mail again, since nobody said that it was taken, sends no second one. */
function idOf({ at, isTest, alerts }: AlertMessage): string {
  const said = Object.entries(alerts).map(([kind, some]) => [
    kind,
    some.map(({ key, since, level }) => [key, since, level]),
  ])
  const repeats = isTest || alerts.lasting.length > 0 ? at : ''
  return createHash('sha256')
    .update(JSON.stringify([said, repeats]))
    .digest('base64url')
}

function endOf(signal: AbortSignal): Promise<never> {
  const end = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(new Error(LATE))
    else signal.addEventListener('abort', () => reject(new Error(LATE)), { once: true })
  })
  // Nobody waits for it once the mail was sent.
  end.catch(() => undefined)
  return end
}

/** What servers say back may repeat what they were told. */
function whyNot(cause: unknown): string {
  const { code, responseCode } = cause as { readonly code?: string; readonly responseCode?: number }
  if (responseCode !== undefined) return `the mail server answered ${responseCode} (${code ?? 'refused'})`
  return `the mail could not be sent (${code ?? 'no reason'})`
}

/** Mail over SMTP, by nodemailer: encrypted, unless it goes to this machine itself. */
import type { AlertLevel } from '../../../schemas/protocol/alerts.ts'
import { isLoopback } from '../../tls/encryption-policy.ts'
import { asPlainText } from '../alert-message.ts'
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

const STEP_MS = 5000

export function emailChannel(options: EmailOptions): Channel {
  const { name, levels, server, port, security, user, password, from, to } = options
  return {
    name,
    kind: 'email',
    levels,
    isForPeople: true,
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
        connectionTimeout: STEP_MS,
        greetingTimeout: STEP_MS,
        socketTimeout: STEP_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const mail = { from, to: [...to], subject: message.title, text: asPlainText(message) }
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

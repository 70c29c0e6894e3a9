/** A mail server for tests, real SMTP on loopback, that keeps what it was sent. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface KeptMail {
  readonly from: string
  readonly to: readonly string[]
  readonly user: string | undefined
  readonly isEncrypted: boolean
  /** As it travelled. */
  readonly source: string
}

export interface MailServer extends AsyncDisposable {
  readonly port: number
  readonly mails: KeptMail[]
}

export interface MailServerOptions {
  /** Whoever shows it may send; anybody without it. */
  readonly password?: string
  /** PEM: speaks TLS from the first byte. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export async function startMailServer({ password, tls }: MailServerOptions = {}): Promise<MailServer> {
  const mails: KeptMail[] = []
  const server = new SMTPServer({
    logger: false,
    ...(tls ? { secure: true, ...tls } : { hideSTARTTLS: true }),
    authOptional: password === undefined,
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.password === password ? done(null, { user: auth.username }) : done(new Error(`no, not ${auth.password}`)),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          user: session.user,
          isEncrypted: session.secure,
          source: Buffer.concat(chunks).toString('utf8'),
        })
        done()
      })
    },
  })
  server.on('error', () => undefined)
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  return {
    port,
    mails,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

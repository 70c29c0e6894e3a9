/** Certificates: those in the files of headquarters, and the one that headquarters shows to a branch. */
import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { connect, rootCertificates } from 'node:tls'
import { warningOf } from '../tls/certificate-dates.ts'
import { DATE_ERRORS, problemInWords } from '../tls/certificate-problem.ts'
import { readCertificates } from '../tls/pem-file.ts'
import { failed, failedBy, ok, warning, type Finding } from './finding.ts'

const DEADLINE_MS = 10_000
const DAY_MS = 86_400_000
const RENEW = 'Renew it; the node takes the new file within a minute, without a restart.'

/** @param field where the configuration names the file */
export function lookAtCertificateFile(file: string, field: string, nowMs: number): Finding {
  try {
    const [leaf] = readCertificates(file, field)
    return judgeDates(file, leaf!, nowMs)
  } catch (error) {
    return failedBy('certificate', error)
  }
}

/**
 * @param url of headquarters, https
 * @param ca a file of authorities that are trusted beside the usual ones
 */
export async function lookAtShownCertificate(url: string, ca: string | undefined, nowMs: number): Promise<Finding> {
  const { hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  let socket: ReturnType<typeof connect> | undefined
  try {
    const authorities = ca === undefined ? [] : readCertificates(ca, 'ca').map(String)
    socket = connect({
      host,
      port: port === '' ? 443 : Number(port),
      ...(isIP(host) === 0 && { servername: host }),
      ca: [...rootCertificates, ...authorities],
      // What is wrong with it is what is looked for.
      rejectUnauthorized: false,
    })
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(DEADLINE_MS) })
    const shown = socket.getPeerX509Certificate()
    if (!socket.authorized) {
      const problem = String(socket.authorizationError)
      const message = problemInWords(host, problem)
      if (DATE_ERRORS.has(problem)) return warning('certificate', message, VOUCHED, 'LINK_FAILED')
      return failed('certificate', message, 'Do what the message says; nothing is sent until then.', 'LINK_FAILED')
    }
    return judgeDates(host, shown!, nowMs)
  } catch (error) {
    const reason = error instanceof Error && error.name === 'AbortError' ? 'no answer' : String(error)
    return failed('certificate', `the certificate of ${host} cannot be seen: ${reason}`, LINE, 'LINK_FAILED')
  } finally {
    socket?.destroy()
  }
}

const VOUCHED =
  "Do what the message says. Until then the branch takes the certificate only where headquarters' own key vouches for it."
const LINE = 'Check the internet connection and the address of headquarters.'

function judgeDates(of: string, leaf: X509Certificate, nowMs: number): Finding {
  const toMs = Date.parse(leaf.validTo)
  const wrong = warningOf(leaf, nowMs)
  const until = `${of} is good until ${new Date(toMs).toISOString()}`
  if (wrong === undefined) return ok('certificate', `${until}, ${Math.floor((toMs - nowMs) / DAY_MS)} days`)
  const isOver = nowMs > toMs || nowMs < Date.parse(leaf.validFrom)
  return isOver ? failed('certificate', `${of}: ${wrong}`, RENEW) : warning('certificate', `${of}: ${wrong}`, RENEW)
}

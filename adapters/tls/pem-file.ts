/** Reads the PEM files that the configuration names. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { OutpostError } from '../../schemas/outpost-error.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/**
 * The certificates of a file, at least one; what else stands in it is passed over, as OpenSSL does.
 *
 * @param field where the file is named
 * @throws OutpostError BAD_CONFIGURATION
 */
export function readCertificates(file: string, field: string): readonly X509Certificate[] {
  try {
    const certificates = readFileSync(file, 'utf8').match(CERTIFICATE) ?? []
    if (certificates.length === 0) throw new Error('there is none in it')
    return certificates.map((text) => new X509Certificate(text))
  } catch (cause) {
    const message = `${field}: ${file} cannot be read as certificates in PEM: ${(cause as Error).message}`
    throw new OutpostError('BAD_CONFIGURATION', message, { field, cause })
  }
}

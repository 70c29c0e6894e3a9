/** What can be wrong with headquarters' certificate, as OpenSSL and Node name it, in words that say what to do. */

/** Said of a certificate, or of one that it was issued by. */
export const DATE_ERRORS: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
export const OTHER_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID'

export function problemInWords(hostname: string, problem: string): string {
  return `the certificate of ${hostname} ${WORDS[problem] ?? 'cannot be trusted'} (${problem})`
}

const UNKNOWN_AUTHORITY =
  'comes from an authority that this PC does not know: name the file of the authority (`--ca` of `outpost branch enroll`, `ca` in outpost.yaml), or correct the chain at headquarters'

const WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired by this PC's clock: correct the clock, or renew it at headquarters",
  CERT_NOT_YET_VALID: "is not valid yet by this PC's clock: correct the clock",
  [OTHER_NAME]: 'is for another name: correct the address of headquarters',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
}

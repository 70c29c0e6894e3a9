/** The address of headquarters, as a person gives it. */
import { refusePlainUrl } from '../adapters/tls/encryption-policy.ts'
import { OutpostError } from '../schemas/outpost-error.ts'

/**
 * @returns without a slash at the end
 * @throws OutpostError BAD_CONFIGURATION, UNENCRYPTED
 */
export function parseCloudAddress(text: string | undefined, insecureHttp = false): string {
  if (text === undefined) {
    throw new OutpostError('BAD_CONFIGURATION', 'the address of headquarters (--cloud) is missing', { field: 'cloud' })
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  const refuse = (why: string) => {
    throw new OutpostError('BAD_CONFIGURATION', `${why}; it looks like https://hq.example.com`, { field: 'cloud' })
  }
  // What may be a password is not repeated.
  if (!url || !/^https?:$/.test(url.protocol)) {
    return refuse(text.includes('@') ? 'what was given as --cloud is no address' : `"${text}" is no address`)
  }
  if (url.username !== '' || url.password !== '') {
    return refuse('the address of headquarters (--cloud) takes no user and no password')
  }
  if (/[?#]/.test(text)) return refuse('the address of headquarters (--cloud) takes nothing from a "?" or "#" on')
  refusePlainUrl(url.href, { field: 'cloud', insecureHttp })
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** Whose address it is: what limits count by. */
import { isIPv6 } from 'node:net'

/** Who has one IPv6 address has as many as 64 bits can tell apart. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address.replace('::ffff:', '')
  const [left = ''] = address.split('::')
  const groups = left.split(':').filter((group) => group !== '')
  return [...groups, '0', '0', '0', '0'].slice(0, 4).join(':')
}

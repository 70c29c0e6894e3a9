/** Whose address it is: what limits count by. */
import { isIPv6 } from 'node:net'

/** Who has one IPv6 address has as many as 64 bits can tell apart. */
export function networkOf(address: string): string {
  return prefixOf(address, 4)
}

/** What one customer of a provider has at most: 65,536 networks of IPv6, and one address of IPv4. */
export function siteOf(address: string): string {
  return prefixOf(address, 3)
}

/** @param groups of 16 bits, by which IPv6 is told apart */
function prefixOf(address: string, groups: number): string {
  const host = withoutPort(address).replace(/^::ffff:(?=[\d.]+$)/i, '')
  if (!isIPv6(host)) return host
  // There are as many ways to write one address as people have found; a URL has one.
  const { hostname } = new URL(`http://[${host.replace(/%.*$/, '')}]`)
  const [left = '', right] = hostname.slice(1, -1).split('::')
  const [first, last] = [groupsOf(left), groupsOf(right ?? '')]
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  return [...first, ...zeros, ...last].slice(0, groups).join(':')
}

/** Some proxies name the port beside the address, `192.0.2.1:5555` or `[2001:db8::1]:5555`, and each connection has its own. */
function withoutPort(address: string): string {
  return /^\[(.*)\](:\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address
}

function groupsOf(part: string): string[] {
  return part.split(':').filter((group) => group !== '')
}

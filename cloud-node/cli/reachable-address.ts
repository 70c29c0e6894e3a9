/** The address of headquarters as people read it when it starts. */
import { isIP } from 'node:net'

/** Nobody can open 0.0.0.0: where a node listens at every address, by its name, or on its own machine. */
export function reachableAddress(address: string, names: readonly string[] = []): string {
  const url = new URL(address)
  if (!['0.0.0.0', '[::]'].includes(url.hostname)) return address
  const [name = 'localhost'] = names
  url.hostname = isIP(name) === 6 ? `[${name}]` : name
  return url.origin
}

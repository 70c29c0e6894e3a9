/** Random ids from the browser's generator; `crypto.randomUUID` is missing where a page is not in a secure context. */
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz'

/** 122 random bits, written as a UUID of version 4. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const marked = Array.from(bytes, (byte, at) =>
    at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte,
  )
  const hex = marked.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Without bias: bytes above the largest multiple of 36 are drawn again. */
export function randomBase36(length: number): string {
  let out = ''
  while (out.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte < 252 && out.length < length) out += BASE36.charAt(byte % 36)
    }
  }
  return out
}

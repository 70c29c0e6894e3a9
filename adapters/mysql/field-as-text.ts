/** One value of a row as the text that MySQL shows, for databases whose types nobody has chosen for us. */
import type { TypeCastField } from 'mysql2'

/** Only for rows that come as texts: prepared statements bring numbers and times in binary. */
export function fieldAsText(field: TypeCastField): string | null {
  if (field.type === 'BIT') {
    const bits = field.buffer()
    return bits && String(bits.reduce((number, byte) => number * 256n + BigInt(byte), 0n))
  }
  const text = field.string()
  // The session's time zone is UTC, and only this type follows it.
  return field.type === 'TIMESTAMP' && text !== null && !isNoTime(text) ? `${text}Z` : isNoTime(text) ? null : text
}

/** MySQL's `0000-00-00`, with or without a time. */
function isNoTime(text: string | null): boolean {
  return text !== null && text.startsWith('0000-00-00')
}

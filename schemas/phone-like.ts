/** Keeps phones out of what is logged and shown: people write them where ids belong, and databases quote what they refuse. */

/** Ids are 32 hexadecimal digits or begin with a letter and a dash. */
const WHOLE = /^[+(]?\d[\d\s().+/-]{2,24}$/
const WITHIN = /(?<!\w)[+(]?(?:\d[\s().+/-]*){6,}\d(?!\w)/g

/** Whether somebody wrote a phone where an id is wanted. */
export function looksLikePhone(text: string): boolean {
  return WHOLE.test(text)
}

/** A message without any number that is long enough to be a phone. */
export function withoutPhones(message: string): string {
  return message.replace(WITHIN, '…')
}

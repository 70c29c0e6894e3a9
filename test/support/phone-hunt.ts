/** Looks for phones where none may be: any spelling of them, in plain text and in JSON. */
import { isRecord } from '../../schemas/json.ts'

/** The fields of documents that hold phones. */
export const PHONE_FIELDS: ReadonlySet<string> = new Set(['phone', 'phones', 'contactPhone', 'to'])

export class PhoneHunt {
  readonly #digits: ReadonlySet<string>
  /** Where a phone was, each once, and what was there. */
  readonly found = new Map<string, string>()
  /** How much was looked at, by the first word of the place: a hunt that saw nothing proves nothing. */
  readonly seen = new Map<string, number>()

  /** @param phones as people write them without a country code */
  constructor(phones: readonly string[]) {
    this.#digits = new Set(phones.map(onlyDigits))
  }

  /** No phone may stand in the text. */
  text(where: string, text: string): void {
    const kind = where.split(' ')[0]!
    this.seen.set(kind, (this.seen.get(kind) ?? 0) + 1)
    if (this.#tells(text)) this.found.set(where, text.slice(0, 500))
  }

  /** A phone may stand only in a document's own fields for one; what is no JSON is plain text. */
  json(where: string, text: string): void {
    const value = parse(text)
    if (value === undefined) this.text(where, text)
    else this.#value(where, value)
  }

  #value(where: string, value: unknown): void {
    if (Array.isArray(value)) value.forEach((one) => this.#value(where, one))
    else if (isRecord(value)) {
      for (const [name, one] of Object.entries(value)) {
        this.text(`${where} (a field's name)`, name)
        if (!PHONE_FIELDS.has(name)) this.#value(`${where} .${name}`, one)
      }
    } else this.text(where, String(value))
  }

  #tells(text: string): boolean {
    const plain = [text, decoded(text), Buffer.from(text, 'base64').toString('latin1')].map(onlyJoinedDigits)
    return [...this.#digits].some((phone) => plain.some((one) => one.includes(phone)))
  }
}

/** Digits stay beside each other whatever people put between them; what follows a letter is another number. */
function onlyJoinedDigits(text: string): string {
  return text.normalize('NFKC').replace(/(?<=\d)[\s()./+\-_]+(?=\d)/g, '')
}

function onlyDigits(phone: string): string {
  return phone.replace(/\D/g, '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function parse(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

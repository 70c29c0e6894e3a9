/** Looks for secrets where none may be: each that is known, as it is and as it may be written. */

export class SecretHunt {
  readonly #forms = new Map<string, string>()
  /** Where one was, and which. */
  readonly found: string[] = []
  /** How much was looked at, by the first word of the place: a hunt that saw nothing proves nothing. */
  readonly seen = new Map<string, number>()

  /** @returns the secret itself */
  know(name: string, secret: string): string {
    // What is shorter stands everywhere by chance.
    if (secret.length < 8) throw new Error(`${name} is too short to be looked for`)
    const bytes = Buffer.from(secret)
    const forms = [secret, encodeURIComponent(secret), bytes.toString('hex'), JSON.stringify(secret).slice(1, -1)]
    for (const form of forms) this.#forms.set(form, name)
    for (const encoding of ['base64', 'base64url'] as const) {
      // Wherever it begins in what was encoded; its ends are mixed with what stands beside it.
      for (const shift of [0, 1, 2]) {
        const text = Buffer.concat([Buffer.alloc(shift), bytes])
          .toString(encoding)
          .replace(/=+$/, '')
        this.#forms.set(text.slice(shift === 0 ? 0 : shift + 1, -1), name)
      }
    }
    return secret
  }

  /** By their names. */
  get known(): string[] {
    return [...new Set(this.#forms.values())]
  }

  look(where: string, text: string): void {
    const kind = where.split(' ')[0]!
    this.seen.set(kind, (this.seen.get(kind) ?? 0) + 1)
    for (const [form, name] of this.#forms) {
      if (text.includes(form)) this.found.push(`${where}: ${name}: ${text.slice(0, 300)}`)
    }
  }
}

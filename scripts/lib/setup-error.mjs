// The error of everything that a person can put right before Outpost runs: its message says what to do, and it is
// shown without a stack.

export class SetupError extends Error {
  /**
   * @param {string} code stable, e.g. `MYSQL_MISSING`
   * @param {string} message what is wrong and what to do about it
   * @param {{ cause?: unknown }} [options]
   */
  constructor(code, message, options) {
    super(message, options)
    this.name = 'SetupError'
    this.code = code
  }
}

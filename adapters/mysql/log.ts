/** Where the mirror says what it does; fits pino. */

type Write = (details: object, message: string) => void

export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

/** The process of `check-store-file.ts`: arguments FILE and, to settle it, `settle`; one line of JSON on stdout. */
import { toErrorBody } from '../../schemas/outpost-error.ts'
import { inspectStoreFile } from './inspect-store-file.ts'

const [file, mode] = process.argv.slice(2)
let answer: object
try {
  answer = { facts: inspectStoreFile(file!, mode === 'settle') }
} catch (error) {
  answer = { error: toErrorBody(error) }
}
process.stdout.write(`${JSON.stringify(answer)}\n`)

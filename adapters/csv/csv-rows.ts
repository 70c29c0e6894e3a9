/**
 * Reads a CSV file row by row (RFC 4180; LF or CRLF, UTF-8 with or without BOM) and knows the physical line of each.
 * A row whose quotes make no sense costs its own line only: reading starts anew at the next line, since a quote that
 * is never closed would otherwise swallow the rest of the file.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { CsvError, parse, type Parser } from 'csv-parse'
import type { SourceRow } from '../import/source-row.ts'

/** Longer rows and lines are refused: they come from an unclosed quote, or from a file that is no CSV. */
export const MAX_ROW_BYTES = 1024 * 1024

export interface CsvRow extends SourceRow {
  /** What is wrong with the row's quotes. */
  readonly broken?: string
}

export interface CsvRowsOptions {
  readonly path: string
  readonly delimiter: string
  readonly signal?: AbortSignal | undefined
  /** How far the file has been read, in bytes. */
  readonly onBytes?: ((bytes: number) => void) | undefined
}

/** The rows in chunks of what one read of the file brought; lines with nothing in any column are left out. Holds one chunk and one row. */
export async function* csvRows(options: CsvRowsOptions): AsyncGenerator<readonly CsvRow[]> {
  const position = { offset: 0, line: 1 }
  for (;;) {
    const failure = yield* rowsUntilFailure(options, position)
    if (failure === undefined) return
    const { text, bytes } = await readLine(options.path, position.offset)
    yield [{ line: position.line, fields: [], text, broken: describe(failure) }]
    position.offset += bytes
    position.line++
  }
}

/** Moves the position behind each row that it yields, so that it ends at the row that failed. */
async function* rowsUntilFailure(
  { path, delimiter, signal, onBytes }: CsvRowsOptions,
  position: { offset: number; line: number },
): AsyncGenerator<readonly CsvRow[], CsvError | undefined> {
  const start = position.offset
  let rows: CsvRow[] = []
  const parser = parse({
    bom: start === 0,
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    raw: true,
    max_record_size: MAX_ROW_BYTES,
    on_record: (parsed, { bytes }) => {
      // With `raw` the parser hands over this pair, whatever its types say.
      const { record: fields, raw } = parsed as unknown as { record: string[]; raw: string }
      const text = raw.replace(/\r?\n$|\r$/, '')
      if (fields.some((field) => field.trim() !== '')) rows.push({ line: position.line, fields, text })
      // Not `info.lines`: it counts a CRLF inside quotes twice.
      position.line += text.split('\n').length
      position.offset = start + bytes
      return null
    },
  })
  // Its failures are taken from the callbacks of write and end.
  parser.on('error', () => {})
  const stream = createReadStream(path, { start })
  let read = start
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    signal?.throwIfAborted()
    const failure = await feed(parser, chunk)
    onBytes?.((read += chunk.length))
    if (rows.length > 0) yield rows
    rows = []
    if (failure !== undefined) return failure
  }
  const failure = await feed(parser)
  if (rows.length > 0) yield rows
  return failure
}

/** Parses one chunk, or the end; the parser works within the call, so all its rows have been collected afterwards. */
async function feed(parser: Parser, chunk?: Buffer): Promise<CsvError | undefined> {
  const error = await new Promise<Error | null | undefined>((resolve) => {
    if (chunk) parser.write(chunk, resolve)
    else parser.resume().end((failure?: Error | null) => resolve(failure))
  })
  if (!error || error instanceof CsvError) return error ?? undefined
  throw error
}

/** The physical line at an offset: its text (cut where it is too long) and its length with the line end. */
async function readLine(path: string, offset: number): Promise<{ text: string; bytes: number }> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_ROW_BYTES), 0, MAX_ROW_BYTES, offset)
    const read = buffer.subarray(0, bytesRead)
    const end = read.indexOf(0x0a)
    const line = end === -1 ? read : read.subarray(0, end + 1)
    return {
      text: line
        .toString('utf8')
        .replace(/^\uFEFF/, '')
        .replace(/\r?\n$/, ''),
      bytes: line.length,
    }
  } finally {
    await file.close()
  }
}

function describe({ code }: CsvError): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is opened in this row and never closed'
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'a quoted value goes on after its closing quote; a quote inside a quoted value is written twice'
    case 'INVALID_OPENING_QUOTE':
      return 'a quote stands inside an unquoted value; quote the whole value and write that quote twice'
    case 'CSV_MAX_RECORD_SIZE':
      return `the row is longer than ${MAX_ROW_BYTES} bytes, probably because a quote is never closed`
    default:
      return `the row cannot be read (${code})`
  }
}

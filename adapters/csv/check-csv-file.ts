/** Looks at a whole CSV file before anything of it is imported: readable, UTF-8, a header with distinct names. */
import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { csvRows, MAX_ROW_BYTES } from './csv-rows.ts'

export type CsvFileCheck =
  | { readonly ok: true; readonly bytes: number; readonly header: readonly string[] }
  | { readonly ok: false; readonly mistake: string }

/** Reads the file once, in bounded memory. Never throws for what is wrong with the file. */
export async function checkCsvFile(path: string, delimiter: string): Promise<CsvFileCheck> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) return { ok: false, mistake: `${path} is no file` }
    const mistake = await findWrongBytes(path)
    if (mistake !== undefined) return { ok: false, mistake: `${path} ${mistake}` }
    const header = await readHeader(path, delimiter)
    if (typeof header === 'string') return { ok: false, mistake: `${path} ${header}` }
    return { ok: true, bytes: stats.size, header }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return { ok: false, mistake: code === 'ENOENT' ? `there is no file ${path}` : `cannot read ${path} (${message})` }
  }
}

async function readHeader(path: string, delimiter: string): Promise<readonly string[] | string> {
  for await (const [row] of csvRows({ path, delimiter })) {
    if (!row) continue
    if (row.broken !== undefined) return `has a broken header in line ${row.line}: ${row.broken}`
    if (row.text.includes('\r')) return 'ends its lines with CR alone; save it with LF or CRLF'
    const header = row.fields.map((name) => name.trim())
    const twice = header.find((name, i) => name !== '' && header.indexOf(name) !== i)
    return twice === undefined ? header : `names the column "${twice}" twice in its header`
  }
  return 'is empty'
}

/** Checks line by line, since only whole lines can tell where the first wrong byte stands. */
async function findWrongBytes(path: string): Promise<string | undefined> {
  let line = 1
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (line === 1 && rest.length === 0 && hasUtf16Mark(chunk)) return 'is UTF-16; save it as UTF-8'
    const block = Buffer.concat([rest, chunk])
    const end = block.lastIndexOf(0x0a) + 1
    rest = block.subarray(end)
    const lines = block.subarray(0, end)
    const wrong = findWrongLine(lines)
    if (wrong !== undefined) return describeWrongLine(wrong.text, line + wrong.index)
    line += countLines(lines)
    if (rest.length > MAX_ROW_BYTES) return `has more than ${MAX_ROW_BYTES} bytes in line ${line}: this is no CSV file`
  }
  return isText(rest) ? undefined : describeWrongLine(rest, line)
}

function describeWrongLine(text: Buffer, line: number): string {
  if (isUtf8(text)) return `has a zero byte in line ${line}: this is no CSV file, or not in UTF-8`
  return `is not UTF-8 in line ${line}; convert it, e.g. with iconv -f GB18030 -t UTF-8`
}

function findWrongLine(lines: Buffer): { text: Buffer; index: number } | undefined {
  if (isText(lines)) return undefined
  for (let start = 0, index = 0; start < lines.length; index++) {
    const end = lines.indexOf(0x0a, start) + 1
    const text = lines.subarray(start, end)
    if (!isText(text)) return { text, index }
    start = end
  }
  return undefined
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}

function hasUtf16Mark(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
}

function countLines(lines: Buffer): number {
  let count = 0
  for (let at = lines.indexOf(0x0a); at !== -1; at = lines.indexOf(0x0a, at + 1)) count++
  return count
}

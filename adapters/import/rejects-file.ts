/** The rejected rows as a CSV file that a person reads, corrects and imports again. Holds what the rows hold: mode 600. */
import { rename, rm, type FileHandle } from 'node:fs/promises'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { openBeside } from '../node/write-beside.ts'
import type { RowReject } from './import-record.ts'

const HEADER = ['file', 'line', 'kind', 'code', 'field', 'reason', 'text'] as const

/** Rows are few, but a wrong file can make millions of them: written in blocks. */
const BLOCK_CHARACTERS = 64 * 1024

/**
 * Written beside its place and put there by `commit`, so that whoever opens it sees the old file or the whole new one.
 * Every method throws OutpostError IMPORT_FILE when the file cannot be written.
 */
export class RejectsFile {
  readonly #path: string
  readonly #temporary: string
  readonly #handle: FileHandle
  #block = `${HEADER.join(',')}\n`

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.#path = path
    this.#temporary = temporary
    this.#handle = handle
  }

  /** The folder must exist. */
  static async create(path: string): Promise<RejectsFile> {
    const { temporary, handle } = await explained(path, openBeside(path))
    return new RejectsFile(path, temporary, handle)
  }

  async add(reject: RowReject): Promise<void> {
    this.#block += `${HEADER.map((column) => quote(String(reject[column] ?? ''))).join(',')}\n`
    if (this.#block.length >= BLOCK_CHARACTERS) await this.#flush()
  }

  /** Replaces the file at the path, also when nothing was rejected: an old list would be a lie. */
  async commit(): Promise<void> {
    try {
      await this.#flush()
      await explained(this.#path, this.#handle.sync())
      await this.#handle.close()
      await explained(this.#path, rename(this.#temporary, this.#path))
    } catch (error) {
      await this.discard()
      throw error
    }
  }

  /** Leaves the file at the path as it was. Harmless after `commit`. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {})
    await rm(this.#temporary, { force: true })
  }

  async #flush(): Promise<void> {
    const block = this.#block
    this.#block = ''
    await explained(this.#path, this.#handle.writeFile(block))
  }
}

async function explained<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const message = `Cannot write the rejects file ${path} (${(error as Error).message}).`
    throw new OutpostError('IMPORT_FILE', message, { cause: error })
  }
}

function quote(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

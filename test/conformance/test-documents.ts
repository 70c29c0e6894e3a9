/** Documents as RxDB hands them to a storage, and what a test does with them again and again. */
import { createHash } from 'node:crypto'
import { normalizeMangoQuery, prepareQuery, type RxStorageWriteError } from 'rxdb'
import { now } from 'rxdb/plugins/utils'
import { expect } from 'vitest'
import type { Bulk, Instance, Stored, TestDoc } from './storage-fixture.ts'

export type WriteRow = Parameters<Instance['bulkWrite']>[0][number]
export type WriteError = RxStorageWriteError<TestDoc>
type Attachments = WriteRow['document']['_attachments']

let writes = 0

/** A document of height 1, or of a height that is asked for. */
export function newDoc(id: string, fields: Readonly<Record<string, unknown>> = {}, height = 1): Stored {
  writes += 1
  return {
    id,
    ...fields,
    _deleted: false,
    _attachments: {},
    _meta: { lwt: now() },
    _rev: `${height}-r${writes}`,
  }
}

/** The next state of a document. */
export function nextDoc(previous: Stored, changes: Readonly<Record<string, unknown>> = {}): Stored {
  const height = Number.parseInt(previous._rev, 10) + 1
  const { _rev, _meta } = newDoc(previous.id, {}, height)
  return { ...previous, ...changes, _rev, _meta }
}

export function tombstoneOf(previous: Stored, lwt = now()): Stored {
  return nextDoc(previous, { _deleted: true, _attachments: {}, _meta: { lwt } })
}

export function attachmentOf(text: string, type = 'text/plain') {
  const digest = `sha256-${createHash('sha256').update(text).digest('base64')}`
  const stub = { length: Buffer.byteLength(text), type, digest }
  return { stub, write: { ...stub, data: new Blob([text], { type }) } }
}

export function withAttachments(document: Stored, attachments: Attachments): WriteRow['document'] {
  return { ...document, _attachments: attachments }
}

/** Writes rows that must all be accepted. */
export async function write(instance: Instance, ...rows: readonly WriteRow[]): Promise<void> {
  const { error } = await instance.bulkWrite([...rows], 'test')
  if (error.length > 0) throw new Error(`refused: ${JSON.stringify(error)}`)
}

export function insert(instance: Instance, ...documents: readonly Stored[]): Promise<void> {
  return write(instance, ...documents.map((document) => ({ document })))
}

export async function find(instance: Instance, id: string): Promise<Stored | undefined> {
  return (await instance.findDocumentsById([id], true))[0]
}

export function prepare(instance: Instance, query: Readonly<Record<string, unknown>>) {
  return prepareQuery(instance.schema, normalizeMangoQuery(instance.schema, query as never))
}

export async function queryIds(instance: Instance, query: Readonly<Record<string, unknown>>): Promise<string[]> {
  const { documents } = await instance.query(prepare(instance, query))
  return documents.map(({ id }) => id)
}

/** Operations must not succeed; whether they throw at once or reject makes no difference to RxDB. */
export async function expectRefused(operation: () => unknown): Promise<void> {
  await expect((async () => operation())()).rejects.toThrow()
}

/** Collects the bulks that an instance tells of; `stop` before it is closed, or leave it to the closing. */
export function listen(instance: Instance): { readonly bulks: Bulk[]; readonly stop: () => void } {
  const bulks: Bulk[] = []
  const subscription = instance.changeStream().subscribe((bulk) => void bulks.push(bulk))
  return { bulks, stop: () => subscription.unsubscribe() }
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Blob) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}

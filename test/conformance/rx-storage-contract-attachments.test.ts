/** What RxDB expects of a storage, clause by clause: attachments. */
import { describe, expect, it } from 'vitest'
import { ATTACHMENT_SCHEMA, useStorageFixture, type Instance } from './storage-fixture.ts'
import {
  attachmentOf,
  expectRefused,
  deepFreeze,
  find,
  insert,
  listen,
  newDoc,
  nextDoc,
  prepare,
  tombstoneOf,
  withAttachments,
  write,
} from './test-documents.ts'

const { fixture, open } = useStorageFixture()

const tea = attachmentOf('green tea')
const coffee = attachmentOf('coffee ☕')

describe('attachments', () => {
  const openWithAttachments = () => open({ schema: ATTACHMENT_SCHEMA })
  const text = async (instance: Instance, id: string, digest: string, document = 'x') =>
    (await instance.getAttachmentData(document, id, digest)).text()

  it('leave documents without any as they are', async () => {
    const instance = await openWithAttachments()
    const doc = newDoc('x')
    await insert(instance, doc)
    expect(await find(instance, 'x')).toStrictEqual(doc)
  })

  it('are written with their document, which keeps a stub of them', async () => {
    const instance = await openWithAttachments()
    const doc = newDoc('x', { name: 'a' })
    await write(instance, deepFreeze({ document: withAttachments(doc, { a: tea.write, 'b/ä"🍵': coffee.write }) }))
    const stored = { ...doc, _attachments: { a: tea.stub, 'b/ä"🍵': coffee.stub } }
    expect(await find(instance, 'x')).toStrictEqual(stored)
    expect((await instance.query(prepare(instance, { selector: {} }))).documents).toStrictEqual([stored])
    expect((await instance.getChangedDocumentsSince!(9)).documents).toStrictEqual([stored])
    expect(await text(instance, 'a', tea.stub.digest)).toBe('green tea')
    expect(await text(instance, 'b/ä"🍵', coffee.stub.digest)).toBe('coffee ☕')
  })

  it('come back as Blobs with every byte and the type that they had', async () => {
    const instance = await openWithAttachments()
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256)
    const data = new Blob([bytes], { type: 'image/png' })
    const stub = { length: bytes.length, type: 'image/png', digest: 'sha256-x' }
    await write(instance, { document: withAttachments(newDoc('x'), { picture: { ...stub, data } }) })
    const read = await instance.getAttachmentData('x', 'picture', stub.digest)
    expect(read).toBeInstanceOf(Blob)
    expect(read.type).toBe('image/png')
    expect(Buffer.from(await read.arrayBuffer()).equals(bytes)).toBe(true)
  })

  it('of no bytes at all are attachments too', async () => {
    const instance = await openWithAttachments()
    const empty = attachmentOf('')
    await write(instance, { document: withAttachments(newDoc('x'), { a: empty.write }) })
    expect(await text(instance, 'a', empty.stub.digest)).toBe('')
  })

  it('stay with a stub, are replaced with data and go when they are left out', async () => {
    const instance = await openWithAttachments()
    const first = newDoc('x')
    await write(instance, {
      document: withAttachments(first, { kept: tea.write, replaced: tea.write, left: tea.write }),
    })
    const previous = (await find(instance, 'x'))!
    const document = withAttachments(nextDoc(first), { kept: tea.stub, replaced: coffee.write })
    await write(instance, { previous, document })
    expect((await find(instance, 'x'))!._attachments).toStrictEqual({ kept: tea.stub, replaced: coffee.stub })
    expect(await text(instance, 'kept', tea.stub.digest)).toBe('green tea')
    expect(await text(instance, 'replaced', coffee.stub.digest)).toBe('coffee ☕')
    await expectRefused(() => instance.getAttachmentData('x', 'replaced', tea.stub.digest))
    await expectRefused(() => instance.getAttachmentData('x', 'left', tea.stub.digest))
  })

  it('go with their document, and its return does not bring them back', async () => {
    const instance = await openWithAttachments()
    const doc = newDoc('x')
    await write(instance, { document: withAttachments(doc, { a: tea.write }) })
    const previous = (await find(instance, 'x'))!
    const gone = tombstoneOf(previous)
    await write(instance, { previous, document: gone })
    await expectRefused(() => instance.getAttachmentData('x', 'a', tea.stub.digest))
    await write(instance, { previous: gone, document: nextDoc(gone, { _deleted: false }) })
    await expectRefused(() => instance.getAttachmentData('x', 'a', tea.stub.digest))
  })

  it('are not found under another document, another name or another digest', async () => {
    const instance = await openWithAttachments()
    await write(instance, { document: withAttachments(newDoc('x'), { a: tea.write }) }, { document: newDoc('y') })
    await expectRefused(() => instance.getAttachmentData('y', 'a', tea.stub.digest))
    await expectRefused(() => instance.getAttachmentData('x', 'b', tea.stub.digest))
    await expectRefused(() => instance.getAttachmentData('x', 'a', coffee.stub.digest))
    await expectRefused(() => instance.getAttachmentData('x', 'a', ''))
  })

  it('without data are refused with 510, in an insert and in an update, and the row is not written', async () => {
    const instance = await openWithAttachments()
    const { bulks } = listen(instance)
    const row = { document: withAttachments(newDoc('x'), { a: tea.stub }) }
    const { error } = await instance.bulkWrite([row], 'test')
    const refusal = { isError: true, status: 510, documentId: 'x', attachmentId: 'a', writeRow: row, context: 'test' }
    expect(error).toMatchObject([refusal])
    expect(await find(instance, 'x')).toBeUndefined()
    expect(bulks).toEqual([])
    const doc = newDoc('y')
    await insert(instance, doc)
    const update = { previous: doc, document: withAttachments(nextDoc(doc), { a: tea.stub }) }
    const rows = [update, { document: newDoc('z') }]
    expect((await instance.bulkWrite(rows, 'test')).error).toMatchObject([{ status: 510, documentId: 'y' }])
    expect(await find(instance, 'y')).toStrictEqual(doc)
    expect(bulks.flatMap(({ events }) => events.map(({ documentId }) => documentId))).toEqual(['y', 'z'])
  })

  it('of a refused row are not stored', async () => {
    const instance = await openWithAttachments()
    await write(instance, { document: withAttachments(newDoc('x'), { a: tea.write }) })
    const { error } = await instance.bulkWrite(
      [{ document: withAttachments(newDoc('x'), { a: coffee.write, b: coffee.write }) }],
      'test',
    )
    expect(error).toMatchObject([{ status: 409, documentInDb: { _attachments: { a: tea.stub } } }])
    expect(await text(instance, 'a', tea.stub.digest)).toBe('green tea')
    await expectRefused(() => instance.getAttachmentData('x', 'b', coffee.stub.digest))
  })

  it('never show their data in an event', async () => {
    const instance = await openWithAttachments()
    const { bulks } = listen(instance)
    await write(instance, { document: withAttachments(newDoc('x'), { a: tea.write }) })
    const previous = (await find(instance, 'x'))!
    await write(instance, { previous, document: withAttachments(nextDoc(previous), { a: coffee.write }) })
    const events = bulks.flatMap((bulk) => bulk.events)
    expect(events.map(({ documentData }) => documentData._attachments)).toStrictEqual([
      { a: tea.stub },
      { a: coffee.stub },
    ])
    expect(events[1]!.previousDocumentData).toStrictEqual(previous)
  })

  it('stay apart in different collections and stay over opening the file again', async () => {
    const [one, two] = [await openWithAttachments(), await openWithAttachments()]
    await write(one, { document: withAttachments(newDoc('x'), { a: tea.write }) })
    await write(two, { document: withAttachments(newDoc('x'), { a: coffee.write }) })
    await two.remove()
    await one.close()
    fixture().reopen()
    const again = await open({ schema: ATTACHMENT_SCHEMA, collection: one.collectionName })
    expect(await text(again, 'a', tea.stub.digest)).toBe('green tea')
    const anew = await open({ schema: ATTACHMENT_SCHEMA, collection: two.collectionName })
    await expectRefused(() => anew.getAttachmentData('x', 'a', coffee.stub.digest))
  })

  it('come with a document that is brought back, the same ones as before too', async () => {
    const instance = await openWithAttachments()
    const doc = newDoc('x')
    const first = { ...doc, _attachments: { a: tea.stub } }
    await write(instance, { document: withAttachments(doc, { a: tea.write }) })
    const gone = { ...tombstoneOf(first), _attachments: { a: tea.stub } }
    await write(instance, { previous: first, document: gone })
    const back = { ...nextDoc(gone, { _deleted: false }), _attachments: {} }
    const { error } = await instance.bulkWrite(
      [{ previous: gone, document: { ...back, _attachments: { a: tea.stub } } }],
      'test',
    )
    expect(error).toMatchObject([{ status: 510, attachmentId: 'a', documentId: 'x' }])
    await write(instance, { previous: gone, document: withAttachments(back, { a: tea.write }) })
    expect(await text(instance, 'a', tea.stub.digest)).toBe('green tea')
  })

  it('are not kept for a document that arrives deleted', async () => {
    const instance = await openWithAttachments()
    await write(instance, { document: withAttachments({ ...newDoc('x'), _deleted: true }, { a: tea.write }) })
    await expect(text(instance, 'a', tea.stub.digest)).rejects.toThrow('no attachment')
  })
})

/** Everything that headquarters asks its store about the changes of other programs. */
import { changesByDocument } from '../../../adapters/mysql/capture-plan.ts'
import { mirroredCollections } from '../../../adapters/mysql/mirrored-collection.ts'
import { CaptureBook } from '../../../cloud-node/capture-book.ts'
import type { CloudOperations } from '../../../cloud-node/cloud-operations.ts'
import { TakeIn } from '../../../cloud-node/take-in.ts'
import { openDeclarations } from '../mysql/capture-fixture.ts'

export function useCapture({ cloud, takesIn }: CloudOperations): void {
  const book = new CaptureBook(cloud.replica.store, 'outpost')
  const desk = new TakeIn(takesIn, book)
  const nobody = { table: 'product', before: { id: 'nobody' }, after: { id: 'nobody', name: 'x' } }
  const place = { binlog: { file: 'log.000001', position: 4, rows: 0, server: '0-1-1' } }
  desk.keep(place)
  desk.take(changesByDocument(mirroredCollections(openDeclarations()), [nobody]), place)
  desk.place()
  desk.settled(desk.toSettle(10))
  book.refused(10)
  book.countRefused()
}

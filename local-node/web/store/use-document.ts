/** One whole document, live. */
import { signal, type ReadonlySignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { RxCollection } from 'rxdb'

/** `undefined` while it is being read, `null` where there is none, or none any more. */
export function useDocument<Document>(
  collection: RxCollection<Document>,
  id: string,
): ReadonlySignal<Document | null | undefined> {
  const document = useMemo(() => signal<Document | null | undefined>(undefined), [collection, id])
  useEffect(() => {
    const subscription = collection.findOne(id).$.subscribe((found) => {
      document.value = found ? (found.toJSON() as Document) : null
    })
    return () => subscription.unsubscribe()
  }, [document])
  return document
}

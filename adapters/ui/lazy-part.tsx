/** A part of a page that is loaded when somebody goes there: most who look at a page go to none of the others. */
import { signal } from '@preact/signals'
import type { FunctionComponent, JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Notice } from './notice.tsx'

/**
 * @param load asked again, when somebody comes back, only where it failed
 * @param words in the page's language
 */
export function lazyPart<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
  words: { readonly loading: () => string; readonly failed: () => string },
): (props: Props) => JSX.Element {
  const loaded = signal<FunctionComponent<Props> | 'failed' | undefined>(undefined)
  const begin = (): void => {
    if (typeof loaded.value === 'function') return
    loaded.value = undefined
    load().then(
      (part) => (loaded.value = part),
      // The node has another version by now, whose files are called otherwise.
      () => (loaded.value = 'failed'),
    )
  }
  return function LazyPart(props) {
    useEffect(begin, [])
    const Part = loaded.value
    if (Part === 'failed') return <Notice tone="bad">{words.failed()}</Notice>
    if (Part === undefined) return <p role="status">{words.loading()}</p>
    return <Part {...props} />
  }
}

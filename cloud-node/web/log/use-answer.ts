/** What the node answers at one address, read once. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { askNode, type Answer } from '../frame/ask-node.ts'

/** @param path the same for as long as the component lives */
export function useAnswer<T>(path: string): { readonly answer: Answer<T> | undefined; readonly again: () => void } {
  const answer = useSignal<Answer<T> | undefined>(undefined)
  const load = async (): Promise<void> => {
    answer.value = await askNode<T>(path)
  }
  useEffect(() => void load(), [])
  return { answer: answer.value, again: () => void load() }
}

/** The log forgets: what it does not know any more is no failure. */
export function isGone(answer: Answer<unknown>): boolean {
  return !answer.ok && typeof answer.failure === 'object' && ['NOT_FOUND', 'BAD_REQUEST'].includes(answer.failure.code)
}

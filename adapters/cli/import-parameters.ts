/** `--set name=value`, which fills `${name}` in a mapping. */
import { InvalidArgumentError } from 'commander'

export function collectParameter(text: string, known: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must look like name=value.')
  return { ...known, [text.slice(0, at)]: text.slice(at + 1) }
}

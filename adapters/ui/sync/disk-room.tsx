/** How much room is left on the disk of a branch's store. */
import type { JSX } from 'preact'
import { LITTLE_DISK } from '../../../schemas/branch-standing.ts'
import { formatBytes } from '../format.ts'
import { Fact } from './facts.tsx'
import { s } from './sync-words.ts'

export function DiskRoom({
  disk,
}: {
  disk: { readonly free: number; readonly store: number } | undefined
}): JSX.Element {
  return (
    <Fact
      title={s('disk.title')}
      note={disk && s('disk.store', { store: formatBytes(disk.store) })}
      isBad={disk !== undefined && disk.free < LITTLE_DISK}
      testId="fact-disk"
    >
      {disk ? s('disk.free', { free: formatBytes(disk.free) }) : '—'}
    </Fact>
  )
}

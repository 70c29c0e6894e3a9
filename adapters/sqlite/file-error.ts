/** What the file system refuses, in Outpost's words. */
import { OutpostError } from '../../schemas/outpost-error.ts'

/** `undefined` for what is no error of a call to the file system that names a path. */
export function toFileError(cause: unknown): OutpostError | undefined {
  if (!(cause instanceof Error)) return undefined
  const { code, syscall, path } = cause as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined || path === undefined) return undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OutpostError('DISK_FULL', `there is no room on the disk for ${path}`, { cause })
  }
  if (code === 'EROFS') return new OutpostError('STORE_READ_ONLY', `${path} is on a read-only disk`, { cause })
  if (code === 'EIO') return new OutpostError('DISK_FAILED', `the disk of ${path} does not work`, { cause })
  return new OutpostError('PATH_UNUSABLE', `${path} cannot be used: ${REASONS[code] ?? cause.message}`, { cause })
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user has no right to it',
  EPERM: 'this user has no right to it',
  EEXIST: 'something else is in its place',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOENT: 'it, or the folder that it should be in, is missing',
}

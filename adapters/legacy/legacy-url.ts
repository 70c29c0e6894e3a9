/** The address of a legacy database: from the environment, or from the file that a branch's configuration names. */
import { readSecretFile } from '../cli/read-secret.ts'
import { parseMysqlUrl, type MysqlTarget } from '../mysql/mysql-target.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

/** The variable that may hold the address. */
export const LEGACY_URL = 'LEGACY_MYSQL_URL'

/**
 * @param name how messages call the text, such as the file that it stands in
 * @throws OutpostError BAD_CONFIGURATION; the message never contains the URL, which holds the password
 */
export function parseLegacyUrl(url: string, name: string = LEGACY_URL): MysqlTarget {
  const target = parseMysqlUrl(url, name)
  if (new URL(url).pathname.length > 1) return target
  throw new OutpostError('BAD_CONFIGURATION', `${name} names no database`, { field: name })
}

/** @throws OutpostError BAD_CONFIGURATION, which names the file where it is the file's mistake */
export function readLegacyUrl(urlFile: string): string {
  const given = process.env[LEGACY_URL]
  if (given) return given
  const url = readSecretFile(urlFile)
  parseLegacyUrl(url, urlFile)
  return url
}

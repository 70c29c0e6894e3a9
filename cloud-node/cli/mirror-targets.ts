/** The databases that headquarters mirrors into, by its configuration and environment. */
import { readSecretFile } from '../../adapters/cli/read-secret.ts'
import type { CloudConfig } from '../../adapters/config/cloud-config.ts'
import { readMappingFile, readMirrorFile } from '../../adapters/mysql/mapping-file.ts'
import { parseMysqlUrl } from '../../adapters/mysql/mysql-target.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { DEFAULT_MIRROR } from '../../schemas/protocol/mirrors.ts'
import type { MirrorTarget } from '../mirrors.ts'

/** @throws OutpostError BAD_CONFIGURATION */
export async function mirrorTargets(
  { mysql, mirrors = [] }: Pick<CloudConfig, 'mysql' | 'mirrors'>,
  declarations: readonly CollectionDeclaration[],
): Promise<readonly MirrorTarget[]> {
  const targets: MirrorTarget[] = []
  const url = process.env['MYSQL_URL'] || (mysql?.urlFile && readUrl(mysql.urlFile))
  if (url) {
    const mapped = mysql?.mapping === undefined ? { declarations } : await readMappingFile(mysql.mapping, declarations)
    targets.push({ name: DEFAULT_MIRROR, url, ...mapped })
  } else if (mysql) {
    const message = 'mysql names no database: give it a urlFile, or the environment MYSQL_URL'
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'mysql.urlFile' })
  }
  for (const file of mirrors) {
    const { name, urlFile, ...mapped } = await readMirrorFile(file, declarations)
    targets.push({ name, url: readUrl(urlFile), ...mapped })
  }
  return targets
}

/** What is wrong with it is said of its file: whoever parses it later knows only the variable. */
function readUrl(file: string): string {
  const url = readSecretFile(file)
  parseMysqlUrl(url, file)
  return url
}

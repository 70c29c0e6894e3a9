/** The databases that headquarters mirrors into, by its configuration and environment. */
import { readSecretFile } from '../../adapters/cli/read-secret.ts'
import type { CloudConfig } from '../../adapters/config/cloud-config.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { DEFAULT_MIRROR } from '../../schemas/protocol/mirrors.ts'
import type { MirrorTarget } from '../mirrors.ts'

/** @throws OutpostError BAD_CONFIGURATION */
export function mirrorTargets(
  config: Pick<CloudConfig, 'mysql'>,
  declarations: readonly CollectionDeclaration[],
): readonly MirrorTarget[] {
  const url = process.env['MYSQL_URL'] || (config.mysql && readSecretFile(config.mysql.urlFile))
  return url ? [{ name: DEFAULT_MIRROR, url, declarations }] : []
}

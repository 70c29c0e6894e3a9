/** What `outpost doctor` looks at in a branch beside what every node has: headquarters, the clock, a legacy database. */
import { backupSettings } from '../../adapters/cli/backup-options.ts'
import { branchConfigSchema, type BranchConfig } from '../../adapters/config/branch-config.ts'
import { readConfig } from '../../adapters/config/config-file.ts'
import { commonChecks, type Patient } from '../../adapters/doctor/common-checks.ts'
import { failed, failedBy, ok, toldError, warning, type Finding } from '../../adapters/doctor/finding.ts'
import { inWords, judgeClock } from '../../adapters/doctor/judge.ts'
import { lookAtShownCertificate } from '../../adapters/doctor/look-at-certificate.ts'
import { readVerifyingKey } from '../../adapters/exchange/signature.ts'
import { connectLegacy } from '../../adapters/legacy/legacy-connection.ts'
import { parseLegacyUrl, readLegacyUrl } from '../../adapters/legacy/legacy-url.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { IDENTITY_SETTINGS } from '../../adapters/sqlite/store-identity.ts'
import { askTime } from '../../adapters/tls/ask-time.ts'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { chainFactsSchema } from '../../schemas/protocol/chain-facts.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { CLOUD_URL } from '../branch-identity.ts'
import { parseCloudAddress } from '../cloud-address.ts'

type BranchPatient = Patient<BranchNodeStatus>

const DEADLINE_MS = 10_000

export async function examineBranch(patient: BranchPatient): Promise<Finding[]> {
  const { dataDir, status, stopped } = patient
  let config: BranchConfig = {}
  const findings: Finding[] = []
  try {
    config = readConfig(dataDir, branchConfigSchema)
    await loadDeclarations(config.collections)
    findings.push(ok('configuration', 'outpost.yaml and what it names can be read'))
  } catch (error) {
    findings.push(failedBy('configuration', error))
  }
  findings.push(...(await commonChecks(patient, backupSettings({ data: dataDir }, config.backup))))
  const given = status?.sync.cloudUrl ?? config.cloud ?? stopped?.settings.get(CLOUD_URL)
  findings.push(...(status ? whileRunning(status) : await whileStopped(patient, given, config)))
  if (given?.startsWith('https:') === true) findings.push(await lookAtShownCertificate(given, config.ca, Date.now()))
  findings.push(...(await legacyOf(patient, config)))
  return findings
}

function whileRunning({ sync, time }: BranchNodeStatus): Finding[] {
  const { lastContactAt, lastError, refused, enabled, cloudUrl } = sync
  if (!enabled) {
    const message = `synchronisation with ${cloudUrl} is switched off`
    return [warning('link', message, 'Switch it on with `outpost branch sync on`.')]
  }
  if (refused) return [toldError('link', 'failed', refused)]
  if (lastError) return [toldError('link', 'failed', lastError)]
  if (lastContactAt === undefined) {
    const message = `${cloudUrl} has not answered since the node was started`
    return [warning('link', message, ERROR_CATALOGUE.LINK_FAILED.remedy, 'LINK_FAILED')]
  }
  const agoMs = Math.max(1000, Date.parse(time) - Date.parse(lastContactAt))
  // The node goes by headquarters' time as soon as it has heard it.
  return [ok('link', `${cloudUrl} answered ${inWords(agoMs)} ago`), judgeClock(Date.now() - Date.parse(time))]
}

async function whileStopped(
  { stopped }: BranchPatient,
  given: string | undefined,
  { insecureHttp }: BranchConfig,
): Promise<Finding[]> {
  const facts = chainFactsSchema.safeParse(parse(stopped?.settings.get(IDENTITY_SETTINGS.branch)))
  // What is wrong with the store is said already.
  if (!facts.success) return []
  let url: string
  try {
    url = parseCloudAddress(given, insecureHttp)
  } catch (error) {
    return [failedBy('link', error)]
  }
  try {
    const askedAt = Date.now()
    const { timeMs } = await askTime(url, readVerifyingKey(facts.data.cloudKey))
    const heardAt = Date.now()
    const clock = judgeClock((askedAt + heardAt) / 2 - timeMs)
    return [ok('link', `${url} answers, and is the headquarters of this branch`), clock]
  } catch (error) {
    const { remedy } = ERROR_CATALOGUE.LINK_FAILED
    return [failed('link', `${url} does not answer as headquarters does: ${reasonOf(error)}`, remedy, 'LINK_FAILED')]
  }
}

async function legacyOf({ status }: BranchPatient, { legacy }: BranchConfig): Promise<Finding[]> {
  if (status?.legacy?.lastError) return [toldError('legacy', 'failed', status.legacy.lastError)]
  if (!legacy) return []
  try {
    const target = parseLegacyUrl(readLegacyUrl(legacy.urlFile))
    const session = await connectLegacy(target, AbortSignal.timeout(DEADLINE_MS))
    session.destroy()
    return [ok('legacy', `${target.host} lets the database ${target.database} be read`)]
  } catch (error) {
    return [failedBy('legacy', error)]
  }
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  const { code } = (cause ?? {}) as NodeJS.ErrnoException
  return code ?? message
}

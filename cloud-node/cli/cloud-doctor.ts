/** What `outpost doctor` looks at in headquarters beside what every node has: certificate, clock, MySQL, its branches. */
import { readChannels } from '../../adapters/alerts/channel-file.ts'
import { backupSettings } from '../../adapters/cli/backup-options.ts'
import { CLOUD_DEFAULTS, cloudConfigSchema, type CloudConfig } from '../../adapters/config/cloud-config.ts'
import { readConfig } from '../../adapters/config/config-file.ts'
import { commonChecks, type Patient } from '../../adapters/doctor/common-checks.ts'
import { failed, failedBy, ok, toldError, warning, type Finding } from '../../adapters/doctor/finding.ts'
import { judgeClock } from '../../adapters/doctor/judge.ts'
import { lookAtCertificateFile } from '../../adapters/doctor/look-at-certificate.ts'
import { mirroredCollections } from '../../adapters/mysql/mirrored-collection.ts'
import { parseMysqlUrl } from '../../adapters/mysql/mysql-target.ts'
import { errorsOf } from '../../adapters/mysql/plan-finding.ts'
import { planTarget } from '../../adapters/mysql/plan-target.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { refusePlainListening } from '../../adapters/tls/encryption-policy.ts'
import { openServerCredentials } from '../../adapters/tls/server-credentials.ts'
import type { CloudNodeStatus, MirrorStatus } from '../../schemas/protocol/status.ts'
import type { MirrorTarget } from '../mirrors.ts'
import { alertPlan } from './alert-plan.ts'
import { mirrorTargets } from './mirror-targets.ts'

type CloudPatient = Patient<CloudNodeStatus>

export async function examineCloud(patient: CloudPatient): Promise<Finding[]> {
  const { dataDir, status } = patient
  let config: CloudConfig = {}
  let targets: readonly MirrorTarget[] = []
  const findings: Finding[] = []
  try {
    config = readConfig(dataDir, cloudConfigSchema)
    const { tls, trustedProxies = [], insecureHttp = false, address: hostname = CLOUD_DEFAULTS.address } = config
    refusePlainListening({ hostname, hasTls: tls !== undefined, trustedProxies, insecureHttp })
    targets = await mirrorTargets(config, await loadDeclarations(config.collections))
    readChannels(alertPlan(config).channelFiles, Date.now)
    findings.push(ok('configuration', 'outpost.yaml and what it names can be read'))
  } catch (error) {
    findings.push(failedBy('configuration', error))
  }
  findings.push(...(await commonChecks(patient, backupSettings({ data: dataDir }, config.backup))))
  findings.push(clockOf(patient), ...certificatesOf(config))
  findings.push(...(status ? status.mirrors.map(mirrorOf) : await Promise.all(targets.map(lookAtTarget))))
  if (status) findings.push(...versionsOf(status))
  return findings
}

/** Headquarters' time is the chain's: it never goes back behind what it has told, which a clock that was set back would. */
function clockOf({ status, stopped }: CloudPatient): Finding {
  if (status) return judgeClock(Date.now() - Date.parse(status.time))
  const { floorMs = 0 } = JSON.parse(stopped?.settings.get('clock') ?? '{}') as { floorMs?: number }
  return Date.now() >= floorMs
    ? ok('clock', 'later than the last time that was told')
    : judgeClock(Date.now() - floorMs)
}

function certificatesOf({ tls, proxyCertificate }: CloudConfig): Finding[] {
  const nowMs = Date.now()
  if (!tls)
    return proxyCertificate === undefined ? [] : [lookAtCertificateFile(proxyCertificate, 'proxyCertificate', nowMs)]
  try {
    const ignore = () => undefined
    openServerCredentials(tls, {
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      nowMs: () => nowMs,
    }).stop()
  } catch (error) {
    return [failedBy('certificate', error)]
  }
  return [lookAtCertificateFile(tls.certificate, 'tls.certificate', nowMs)]
}

function mirrorOf({ name, state, lag, parked, lastError }: MirrorStatus): Finding {
  if (lastError && state !== 'running') return toldError('mysql', 'failed', lastError)
  const message = `mirror ${name} is ${state}, ${lag} changes behind, ${parked} documents refused`
  if (state === 'stopped' || state === 'deposed') return failed('mysql', message, START, 'MIRROR_UNAVAILABLE')
  if (state === 'paused')
    return warning('mysql', message, `Let it go on with \`outpost mirror resume --mirror ${name}\`.`)
  if (parked > 0) return warning('mysql', message, `See why with \`outpost mirror parked --mirror ${name}\`.`)
  return ok('mysql', message)
}

const START = 'Look into the log for why, and start the node again; another headquarters may write the same database.'

async function lookAtTarget({ name, url, declarations, create = true }: MirrorTarget): Promise<Finding> {
  try {
    const target = parseMysqlUrl(url)
    const plan = await planTarget(target, mirroredCollections(declarations), create)
    const [error] = errorsOf(plan.findings)
    if (!error) return ok('mysql', `mirror ${name}: ${target.host} has the tables, or they are made at the start`)
    const remedy = 'See all of it with `outpost mirror plan`.'
    return failed('mysql', `mirror ${name}: ${error.table} ${error.message}`, remedy, 'MIRROR_TABLES')
  } catch (error) {
    return failedBy('mysql', error)
  }
}

function versionsOf({ branches, version }: CloudNodeStatus): Finding[] {
  const others = branches.filter(
    ({ retired, reported }) => retired !== true && reported && reported.version !== version,
  )
  if (others.length === 0) return []
  const listed = others.slice(0, 10).map(({ id, reported }) => `${id} ${reported!.version}`)
  const message = `${others.length} branches run another version than ${version}: ${listed.join(', ')}`
  return [warning('version', message, 'Bring them to the same version: docs/upgrades.md.', 'PROTOCOL_OUTDATED')]
}

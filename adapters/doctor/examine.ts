/** Looks at one node, running or stopped, and says how each of its parts is. Changes nothing. */
import { existsSync } from 'node:fs'
import { isRecord } from '../../schemas/json.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { callNode, findRunningNode } from '../cli/node-client.ts'
import { branchConfigSchema } from '../config/branch-config.ts'
import { cloudConfigSchema } from '../config/cloud-config.ts'
import { configFileIn, readConfig, readPrivate } from '../config/config-file.ts'
import { readYaml } from '../config/yaml-text.ts'
import { readNodeFile } from '../node/node-file.ts'
import type { Patient } from './common-checks.ts'
import { failed, failedBy, worst, type Finding, type FindingState } from './finding.ts'
import { lookAtStore } from './look-at-store.ts'

type NodeKind = 'branch' | 'cloud'

/** What each kind of node has looked at; its own business, so that no node need know the other. */
export interface NodeDoctors {
  branch(patient: Patient<BranchNodeStatus>): Promise<Finding[]>
  cloud(patient: Patient<CloudNodeStatus>): Promise<Finding[]>
}

export interface DoctorReport {
  /** The data folder. */
  readonly data: string
  /** Absent where nothing tells. */
  readonly node?: NodeKind
  readonly running: boolean
  readonly state: FindingState
  readonly findings: readonly Finding[]
}

export async function examine(dataDir: string, doctors: NodeDoctors): Promise<DoctorReport> {
  const running = await findRunningNode(dataDir)
  const status = running && (await callNode<BranchNodeStatus | CloudNodeStatus>(running, 'GET', '/api/status'))
  const stopped = status ? undefined : lookAtStore(dataDir)
  const node = status?.node ?? stopped?.identity?.node ?? readNodeFile(dataDir)?.node ?? kindByConfig(dataDir)
  const findings = await findingsOf(node, { dataDir, ...(status && { status }), ...(stopped && { stopped }) }, doctors)
  return { data: dataDir, ...(node && { node }), running: status !== undefined, state: worst(findings), findings }
}

async function findingsOf(node: NodeKind | undefined, patient: Patient, doctors: NodeDoctors): Promise<Finding[]> {
  if (node === 'branch') return doctors.branch(patient as Patient<BranchNodeStatus>)
  if (node === 'cloud') return doctors.cloud(patient as Patient<CloudNodeStatus>)
  const { dataDir, stopped } = patient
  const message = `nothing in ${dataDir} says whose data folder it is`
  const remedy =
    'Name the data folder of a node with --data; a new one begins with `outpost cloud init` or `outpost branch enroll`.'
  return [
    failed('configuration', message, remedy, 'BAD_CONFIGURATION'),
    ...mistakesIn(dataDir),
    ...(stopped?.findings ?? []),
  ]
}

type NodeSchema = typeof branchConfigSchema | typeof cloudConfigSchema

/** By the only schema that the file fits; many keys are those of one kind of node. */
function kindByConfig(dataDir: string): NodeKind | undefined {
  if (!existsSync(configFileIn(dataDir))) return undefined
  const fits = (schema: NodeSchema): boolean => {
    try {
      readConfig(dataDir, schema)
      return true
    } catch {
      return false
    }
  }
  const [isBranch, isCloud] = [fits(branchConfigSchema), fits(cloudConfigSchema)]
  if (isBranch === isCloud) return undefined
  return isBranch ? 'branch' : 'cloud'
}

/** Where the file fits neither kind of node, its mistakes are why nobody knows whose it is: those of the likelier kind. */
function mistakesIn(dataDir: string): Finding[] {
  try {
    const read = readYaml(readPrivate(configFileIn(dataDir), 'outpost.yaml') ?? '')
    const keys = 'content' in read && isRecord(read.content) ? Object.keys(read.content) : []
    const known = (schema: NodeSchema) => keys.filter((key) => Object.hasOwn(schema.shape, key)).length
    readConfig(dataDir, known(branchConfigSchema) > known(cloudConfigSchema) ? branchConfigSchema : cloudConfigSchema)
    return []
  } catch (error) {
    return [failedBy('configuration', error)]
  }
}

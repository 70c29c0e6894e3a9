/** Lets whoever watches a demonstration into its pages: an account at headquarters, a pairing code and a PIN at each branch. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { PairingCode, StaffMember } from '../../schemas/protocol/staff.ts'
import type { BranchHandle, DemoChain } from './chain.ts'

const ACCOUNT = 'demo'
const MANAGER = { name: 'Demo', role: 'manager', pin: '4826' } as const

/** @returns what to open, and what to type there */
export async function lettingIn(chain: DemoChain, folder: string): Promise<string> {
  const password = await accountPassword(chain, folder)
  const lines = [
    `Health page of headquarters   ${chain.cloud.url}/`,
    `  log in as "${ACCOUNT}" with the password ${password}`,
  ]
  for (const branch of chain.branches) {
    lines.push(`${`Branch app of ${branch.id}`.padEnd(29)} ${await pairingLink(branch)}`)
  }
  lines.push(
    `  then log in as "${MANAGER.name}" with the PIN ${MANAGER.pin}. Each link pairs one browser within ten minutes;`,
    `  the next one is made by: node dist/bin/outpost.js branch pair --data ${chain.branches[0]?.dataDir}`,
  )
  return lines.join('\n')
}

/** Made up at the first run, and kept beside the data for the next. */
async function accountPassword({ cloud }: DemoChain, folder: string): Promise<string> {
  const file = join(folder, 'demo-password')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const password = randomBytes(9).toString('base64url')
  await callNode(cloud, 'POST', '/api/accounts', { name: ACCOUNT, role: 'administrator', password })
  writeFileSync(file, `${password}\n`, { mode: 0o600 })
  return password
}

async function pairingLink({ node }: BranchHandle): Promise<string> {
  const staff = await callNode<StaffMember[]>(node, 'GET', '/api/staff/all')
  if (!staff.some(({ name }) => name === MANAGER.name)) await callNode(node, 'POST', '/api/staff', MANAGER)
  const { code } = await callNode<PairingCode>(node, 'POST', '/api/pairing-codes', {})
  return `${node.url}/#/pair/${code}`
}

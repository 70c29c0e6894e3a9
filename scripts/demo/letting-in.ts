/** Lets whoever watches a demonstration into its pages: an account at headquarters, a pairing code and a PIN at each branch. */
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { callNode } from '../../adapters/cli/node-client.ts'
import { PIN_LENGTHS, pinProblem, type PairingCode, type StaffMember } from '../../schemas/protocol/staff.ts'
import type { BranchHandle, DemoChain } from './chain.ts'

const ACCOUNT = 'demo'
const MANAGER = { name: 'Demo', role: 'manager' } as const

/** @returns what to open, and what to type there */
export async function lettingIn(chain: DemoChain, folder: string): Promise<string> {
  const password = await accountPassword(chain, folder)
  const lines = [
    `Health page of headquarters   ${chain.cloud.url}/`,
    `  log in as "${ACCOUNT}" with the password ${password}`,
  ]
  const pin = managerPin(folder)
  for (const branch of chain.branches) {
    lines.push(`${`Branch app of ${branch.id}`.padEnd(29)} ${await pairingLink(branch, pin)}`)
  }
  lines.push(
    `  then log in as "${MANAGER.name}" with the PIN ${pin}. Each link pairs one browser within ten minutes;`,
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

/** Of six digits; kept as the password is, and the same at each branch. */
function managerPin(folder: string): string {
  const file = join(folder, 'demo-pin')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const pin = String(randomInt(10 ** PIN_LENGTHS.manager)).padStart(PIN_LENGTHS.manager, '0')
  if (pinProblem(pin, MANAGER.role)) return managerPin(folder)
  writeFileSync(file, `${pin}\n`, { mode: 0o600 })
  return pin
}

async function pairingLink({ node }: BranchHandle, pin: string): Promise<string> {
  const staff = await callNode<StaffMember[]>(node, 'GET', '/api/staff/all')
  if (!staff.some(({ name }) => name === MANAGER.name)) {
    await callNode(node, 'POST', '/api/staff', { ...MANAGER, pin })
  }
  const { code } = await callNode<PairingCode>(node, 'POST', '/api/pairing-codes', {})
  return `${node.url}/#/pair/${code}`
}

/** `outpost cloud account …` and `outpost cloud audit`. */
import { Command, InvalidArgumentError, Option } from 'commander'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import { readSecret } from '../../adapters/cli/read-secret.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { ACCOUNT_ROLES, type AccountRole } from '../../schemas/access.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import {
  accountKey,
  MAX_AUDIT_PAGE,
  MIN_PASSWORD,
  type AccountView,
  type AuditEntry,
} from '../../schemas/protocol/accounts.ts'
import type { AccountNode, OnAccounts } from './account-node.ts'
import { withLookFlags } from './run-lifecycle.ts'

interface PasswordFlags extends NodeFlags {
  readonly passwordFile?: string
}

const PASSWORD_HELP = `\nThe password (${MIN_PASSWORD} characters at least) is asked for without being shown, or comes from\nthe environment:\n  OUTPOST_PASSWORD`

export function createAccountCommands(onAccounts: OnAccounts): Command[] {
  const add = withPassword(new Command('add').argument('<name>', 'by which the person logs in'))
    .description('let a person log in at headquarters; the first administrator is added so')
    .addOption(roleOption())
    .action((name: string, flags: PasswordFlags & { role: AccountRole }) =>
      run(flags, async () => {
        // Before a headquarters begins where there was none.
        const password = await readNewPassword(name, flags)
        const account = { name, role: flags.role, password }
        return said(await onAccounts(flags.data, (node) => node.add(account), true), ({ role }) => `added as ${role}`)
      }),
    )
  const list = withLookFlags(new Command('list'))
    .description('list the accounts')
    .action((flags: NodeFlags) =>
      run(flags, async () => {
        const accounts = await onAccounts(flags.data, (node) => node.list())
        const none = 'there are no accounts yet; add one with: outpost cloud account add <name> --role administrator'
        return { result: accounts, words: accounts.map(rowInWords).join('\n') || none }
      }),
    )
  const role = withLookFlags(new Command('role').argument('<name>', 'the account'))
    .description('give an account another role; whoever is logged in with it logs in again')
    .addOption(roleOption())
    .action((name: string, flags: NodeFlags & { role: AccountRole }) =>
      change(onAccounts, name, flags, {
        act: (node, { id }) => node.setRole(id, flags.role),
        inWords: (account) => `is ${account.role} now`,
      }),
    )
  const password = withPassword(new Command('password').argument('<name>', 'the account'))
    .description('give an account another password; whoever is logged in with it logs in again')
    .action((name: string, flags: PasswordFlags) =>
      change(onAccounts, name, flags, {
        act: async (node, { id }) => node.setPassword(id, await readNewPassword(name, flags)),
        inWords: () => 'has another password now',
      }),
    )
  const close = withLookFlags(new Command('close').argument('<name>', 'the account'))
    .description('let nobody log in with an account any more, and log out whoever is')
    .action((name: string, flags: NodeFlags) =>
      change(onAccounts, name, flags, { act: (node, { id }) => node.close(id), inWords: () => 'is closed' }),
    )
  const reopen = withLookFlags(new Command('reopen').argument('<name>', 'the account'))
    .description('let the owner of a closed account log in again')
    .action((name: string, flags: NodeFlags) =>
      change(onAccounts, name, flags, { act: (node, { id }) => node.reopen(id), inWords: () => 'is open again' }),
    )
  const account = new Command('account').description("headquarters' people: who may log in, and as what")
  for (const command of [add, list, role, password, close, reopen]) account.addCommand(command)
  return [account, auditCommand(onAccounts)]
}

function auditCommand(onAccounts: OnAccounts): Command {
  return withLookFlags(new Command('audit'))
    .description('who did what at headquarters, the newest first')
    .option('--limit <number>', `how many entries, ${MAX_AUDIT_PAGE} at most`, parseLimit, 50)
    .option('--before <number>', 'only those before the entry with this number', parseNumber)
    .action((flags: NodeFlags & { limit: number; before?: number }) =>
      run(flags, async () => {
        const { limit, before } = flags
        const page = await onAccounts(flags.data, (node) => node.audit({ limit, before }))
        return { result: page, words: page.entries.map(entryInWords).join('\n') || 'nothing has been noted' }
      }),
    )
}

interface Said {
  readonly result: unknown
  readonly words: string
}

async function run(flags: NodeFlags, work: () => Promise<Said>): Promise<void> {
  try {
    const { result, words } = await work()
    process.stdout.write(`${flags.json ? JSON.stringify(result) : words}\n`)
  } catch (error) {
    process.exitCode = reportError(error, flags.json)
  }
}

interface Change {
  readonly act: (node: AccountNode, account: AccountView) => Promise<AccountView>
  readonly inWords: (account: AccountView) => string
}

function change(onAccounts: OnAccounts, name: string, flags: NodeFlags, { act, inWords }: Change): Promise<void> {
  return run(flags, () =>
    onAccounts(flags.data, async (node) => {
      const account = (await node.list()).find((one) => accountKey(one.name) === accountKey(name))
      if (!account) throw new OutpostError('ACCOUNT_UNKNOWN', `there is no account "${name}"`)
      return said(await act(node, account), inWords)
    }),
  )
}

function said(account: AccountView, inWords: (account: AccountView) => string): Said {
  return { result: account, words: `${account.name} ${inWords(account)}` }
}

function readNewPassword(name: string, { passwordFile }: PasswordFlags): Promise<string> {
  const question = `New password of ${name}`
  const problem = (password: string) =>
    password.length < MIN_PASSWORD ? `a password has at least ${MIN_PASSWORD} characters` : undefined
  return readSecret({ question, env: 'OUTPOST_PASSWORD', file: passwordFile, confirm: true, problem })
}

function withPassword(command: Command): Command {
  return withLookFlags(command)
    .option('--password-file <file>', 'a file with the password alone, which nobody else may read')
    .addHelpText('after', PASSWORD_HELP)
}

function roleOption(): Option {
  const about = 'viewers look, operators act from day to day, administrators do everything'
  return new Option('--role <role>', about).choices(ACCOUNT_ROLES).makeOptionMandatory()
}

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1.')
}

function parseLimit(text: string): number {
  const limit = parseNumber(text)
  if (limit <= MAX_AUDIT_PAGE) return limit
  throw new InvalidArgumentError(`It must be ${MAX_AUDIT_PAGE} at most.`)
}

function rowInWords({ name, role, closed, seenAt }: AccountView): string {
  const seen = seenAt === undefined ? 'never logged in' : `last login ${seenAt}`
  return `${role.padEnd(14)} ${closed ? 'closed' : 'open  '} ${name}, ${seen}`
}

function entryInWords({ number, at, actor, action, subject, detail = {} }: AuditEntry): string {
  const details = Object.entries(detail).map(([key, value]) => `${key}=${value}`)
  const words = [String(number).padStart(6), at, actor, action, ...(subject === undefined ? [] : [subject]), ...details]
  // What is a name elsewhere must not move the cursor here.
  return words.join('  ').replaceAll(/\p{C}/gu, '?')
}

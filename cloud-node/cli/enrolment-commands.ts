/** `outpost cloud branch code`, `keys`, `revoke`, and `outpost cloud program`: who is let in as a branch. */
import { Command } from 'commander'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import { CLOUD_DEFAULTS, cloudConfigSchema, type CloudConfig } from '../../adapters/config/cloud-config.ts'
import { readConfig } from '../../adapters/config/config-file.ts'
import type { BranchKeyView, ProgramView } from '../../schemas/protocol/branches.ts'
import type { OnEnrolment } from './enrolment-node.ts'
import { run, withLookFlags, withOrderFlags, type OrderFlags } from './run-lifecycle.ts'

/** Beside the other commands of `outpost cloud branch`. */
export function enrolmentCommands(onEnrolment: OnEnrolment): Command[] {
  const code = withLookFlags(new Command('code').argument('<id>', 'the branch'))
    .description('issue the code with which a PC becomes the branch: good once, for a day; an earlier one ends')
    .action((id: string, flags: NodeFlags) =>
      run(onEnrolment, flags, {
        act: async (node) => {
          // Before a code is made that could not be told how to use.
          const address = addressOf(readConfig(flags.data, cloudConfigSchema))
          const issued = await node.issueCode(id)
          return { ...issued, command: `outpost branch enroll --cloud ${address ?? '<address of headquarters>'}` }
        },
        inWords: ({ code, expiresAt, command }) =>
          `${code}\n\nGood once, until ${expiresAt}, for a PC of ${id}. There:\n  ${command}\nIt asks for the code.`,
      }),
    )
  const keys = withLookFlags(new Command('keys').argument('<id>', 'the branch'))
    .description('the keys that its PCs prove themselves with, the newest first')
    .action((id: string, flags: NodeFlags) =>
      run(onEnrolment, flags, {
        act: (node) => node.keys(id),
        inWords: ({ keys }) => (keys.length === 0 ? noKeys(id) : keys.map(keyInWords).join('\n')),
      }),
    )
  const revoke = withOrderFlags(new Command('revoke').argument('<id>', 'the branch'))
    .description('shut every PC of a branch out at once, such as a stolen one; a new code lets one in again')
    .option('--yes', 'do not ask')
    .action((id: string, flags: OrderFlags) =>
      run(onEnrolment, flags, {
        question: async (node) => {
          const { revoked } = await node.revoke(id, true)
          return `No PC of "${id}" is let in any more (${counted(revoked, 'key')}), and its code ends. What it has not sent stays there until a PC with its data is enrolled with a new code.`
        },
        act: (node) => node.revoke(id, flags.dryRun ?? false),
        inWords: ({ dryRun, revoked }) =>
          dryRun
            ? `${id}: ${counted(revoked, 'key')} would be revoked (nothing has changed)`
            : `${id}: ${counted(revoked, 'key')} revoked; a PC comes back with: outpost cloud branch code ${id}`,
      }),
    )
  return [code, keys, revoke]
}

export function createProgramCommand(onEnrolment: OnEnrolment): Command {
  const add = withLookFlags(new Command('add').argument('<branch>', 'whose documents it sees and writes'))
    .description('let a program in as an RxDB client of one branch; prints its token, which is shown only now')
    .requiredOption('--name <name>', 'what the audit log calls it')
    .action((branch: string, flags: NodeFlags & { name: string }) =>
      run(onEnrolment, flags, {
        act: (node) => node.addProgram(flags.name, branch),
        inWords: ({ id, name, token }) =>
          `${token}\n\nThe token of ${name}, which nobody can show again. It sends it with each request:\n  Authorization: Bearer <token>\nShut it out with: outpost cloud program revoke ${id}`,
      }),
    )
  const list = withLookFlags(new Command('list'))
    .description('the programs that are let in')
    .action((flags: NodeFlags) =>
      run(onEnrolment, flags, {
        act: (node) => node.programs(),
        inWords: (programs) =>
          programs.length === 0 ? 'no program is let in' : programs.map(programInWords).join('\n'),
      }),
    )
  const revoke = withLookFlags(new Command('revoke').argument('<id>', 'the program, as the list names it'))
    .description('shut a program out at once')
    .action((id: string, flags: NodeFlags) =>
      run(onEnrolment, flags, {
        act: (node) => node.revokeProgram(id),
        inWords: () => `${id} is not let in any more`,
      }),
    )
  return new Command('program')
    .description('programs that speak with headquarters as RxDB clients of one branch')
    .addCommand(add)
    .addCommand(list)
    .addCommand(revoke)
}

/** By which a branch reaches it; `undefined` where the configuration does not say. */
export function addressOf({ names, tls, trustedProxies, insecureHttp, port }: CloudConfig): string | undefined {
  const name = names?.[0]
  if (name === undefined) return undefined
  const host = name.includes(':') ? `[${name}]` : name
  // A proxy serves the usual port.
  if (trustedProxies && !tls) return `https://${host}`
  if ((!tls && !insecureHttp) || port === 0) return undefined
  return new URL(`${tls ? 'https' : 'http'}://${host}:${port ?? CLOUD_DEFAULTS.port}`).origin
}

function noKeys(id: string): string {
  return `no PC has been enrolled as ${id} yet; issue a code with: outpost cloud branch code ${id}`
}

function keyInWords({ keyId, state, addedAt, lastUsedAt, endsAt, revokedAt }: BranchKeyView): string {
  const until = revokedAt ?? endsAt
  const ended = until === undefined ? '' : `, ${revokedAt === undefined ? 'ends' : 'revoked'} ${until}`
  return `${keyId}  ${state.padEnd(8)} since ${addedAt}, last used ${lastUsedAt ?? 'never'}${ended}`
}

function programInWords({ id, name, branchId, createdAt, lastSeenAt }: ProgramView): string {
  return `${id}  ${branchId.padEnd(16)} since ${createdAt}, last seen ${lastSeenAt ?? 'never'}  ${name}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

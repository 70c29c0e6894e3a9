/** `outpost branch pair`: lets one more device in, or gives a program its token. */
import { Command } from 'commander'
import { kindOfStore } from '../../adapters/cli/member-node.ts'
import { callNode, onNode } from '../../adapters/cli/node-client.ts'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import { branchConfigSchema, LAN_DEFAULTS } from '../../adapters/config/branch-config.ts'
import { readConfig } from '../../adapters/config/config-file.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { PairingAnswer, PairingCode } from '../../schemas/protocol/staff.ts'
import { say, withAccessFlags, type Said } from './access-flags.ts'

interface PairFlags extends NodeFlags {
  readonly program?: string
}

export function createPairCommand(): Command {
  return withAccessFlags(new Command('pair'))
    .description('let one more device in: prints a code, good for ten minutes and one device')
    .option('--program <name>', 'give a program, such as an RxDB client, a token instead; it is shown once')
    .addHelpText('after', '\nThe node must be running. Where the branch has no manager, the first device brings one.')
    .action((flags: PairFlags) =>
      say(flags, () => {
        const pair = async (node: NodeAddress) => {
          const code = await callNode<PairingCode>(node, 'POST', '/api/pairing-codes', {})
          return flags.program === undefined
            ? forDevice(code, appUrl(node, flags))
            : forProgram(node, code, flags.program)
        }
        return onNode<Said>(flags.data, pair, async () => {
          // A node that is just starting has its store already.
          await kindOfStore(flags.data)
          throw new OutpostError('NODE_UNREACHABLE', `no node answers for ${flags.data}`)
        })
      }),
    )
}

function forDevice({ code, expiresAt }: PairingCode, url: string) {
  const link = `${url}/#/pair/${code}`
  const words = `${code}\n\nOpen ${link}\nor type the code into the app, until ${expiresAt}; for one device.`
  return { result: { code, link, expiresAt }, words }
}

async function forProgram(node: NodeAddress, { code }: PairingCode, name: string) {
  const pairing = { code, name, bearer: true }
  const { device, token } = await callNode<PairingAnswer>(node, 'POST', '/api/pairing', pairing)
  const words = `${token}\n\n${device.name} shows it as "Authorization: Bearer …"; it is not shown again.\nTo shut it out: outpost branch device revoke ${device.id}`
  return { result: { ...device, token }, words }
}

/** As the other devices of the shop reach it, where it is served to them. */
function appUrl({ url }: NodeAddress, { data }: NodeFlags): string {
  const { lan } = readConfig(data, branchConfigSchema)
  return lan ? new URL(`https://${lan.name}:${lan.port ?? LAN_DEFAULTS.port}`).origin : url
}

/** `outpost branch device …`: the devices that are let in. */
import { Command } from 'commander'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { PairedDevice, ShutOutDevice } from '../../schemas/protocol/staff.ts'
import type { OnAccess } from '../access/access-node.ts'
import { say, withAccessFlags } from './access-flags.ts'

export function createDeviceCommand(onAccess: OnAccess): Command {
  const list = withAccessFlags(new Command('list'))
    .description('list the paired devices and programs, the newest first')
    .option('--shut-out', 'those that were shut out instead, and can still be declared lost')
    .action((flags: NodeFlags & { readonly shutOut?: true }) =>
      say(flags, async () => {
        if (flags.shutOut === true) {
          const devices = await onAccess(flags.data, (node) => node.listShutOut())
          const none = 'no device is shut out that was not declared lost or paired again'
          return { result: devices, words: devices.map(shutOutInWords).join('\n') || none }
        }
        const devices = await onAccess(flags.data, (node) => node.listDevices())
        const none = 'no device is paired; pair one with: outpost branch pair'
        return { result: devices, words: devices.map(rowInWords).join('\n') || none }
      }),
    )
  const revoke = withAccessFlags(new Command('revoke').argument('<device>', 'by its name or id'))
    .description('shut a device out at once; what it has not sent stays on it until it is paired again')
    .option(
      '--lost',
      'it was lost or stolen: it deletes everything on it when it next meets the node, also what it has not sent; for one that was shut out before, too',
    )
    .action((wanted: string, flags: NodeFlags & { readonly lost?: true }) =>
      say(flags, () =>
        onAccess(flags.data, async (node) => {
          const isLost = flags.lost === true
          const devices = [...(await node.listDevices()), ...(isLost ? await node.listShutOut() : [])]
          const device = deviceCalled(wanted, devices)
          await node.revokeDevice(device.id, isLost)
          const more = isLost ? ', and deletes what is on it when it next meets the node' : ''
          return { result: device, words: `${device.name} is shut out${more}` }
        }),
      ),
    )
  return new Command('device')
    .description('the devices and programs that are let in')
    .addCommand(list)
    .addCommand(revoke)
}

/** @throws OutpostError DEVICE_UNKNOWN, BAD_CONFIGURATION where several have the name */
function deviceCalled<Device extends PairedDevice | ShutOutDevice>(wanted: string, devices: readonly Device[]): Device {
  const found = devices.filter(({ id, name }) => id === wanted || name === wanted.trim())
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new OutpostError('DEVICE_UNKNOWN', `no device is called "${wanted}"`)
  const ids = found.map(({ id }) => id).join(', ')
  throw new OutpostError('BAD_CONFIGURATION', `${found.length} devices are called "${wanted}": name one of ${ids}`)
}

function rowInWords({ id, name, pairedAt, lastSeenAt }: PairedDevice): string {
  return `${id}  paired ${pairedAt}  ${lastSeenAt === undefined ? 'never seen' : `seen ${lastSeenAt}`}  ${name}`
}

function shutOutInWords({ id, name, pairedAt, shutOutAt }: ShutOutDevice): string {
  return `${id}  paired ${pairedAt}  shut out ${shutOutAt}  ${name}`
}

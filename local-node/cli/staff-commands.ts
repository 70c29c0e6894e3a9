/** `outpost branch staff …`: who works at the branch, and who of them is a manager. */
import { Command, Option } from 'commander'
import type { NodeFlags } from '../../adapters/cli/options.ts'
import { readSecret } from '../../adapters/cli/read-secret.ts'
import { STAFF_ROLES, type StaffRole } from '../../schemas/access.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { PIN_LENGTHS, pinProblem, type StaffMember } from '../../schemas/protocol/staff.ts'
import type { AccessNode, OnAccess } from '../access/access-node.ts'
import { say, withAccessFlags, type Said } from './access-flags.ts'

interface PinFlags extends NodeFlags {
  readonly pinFile?: string
}

const PIN_HELP =
  '\nThe PIN (4 to 10 digits, 6 at least for a manager) is asked for without being shown, or comes from the environment:\n  OUTPOST_PIN'

export function createStaffCommand(onAccess: OnAccess): Command {
  const add = withPin(new Command('add').argument('<name>', 'as the app shows it'))
    .description('let somebody work at the branch')
    .addOption(
      new Option('--role <role>', 'managers also manage staff and devices').choices(STAFF_ROLES).default('cashier'),
    )
    .action((name: string, flags: PinFlags & { role: StaffRole }) =>
      say(flags, async () => {
        const pin = await readNewPin(name, flags.role, flags)
        const added = await onAccess(flags.data, (node) => node.addStaff({ name, role: flags.role, pin }))
        return said(added, ({ role }) => `works here as ${role} now`)
      }),
    )
  const list = withAccessFlags(new Command('list'))
    .description('list the staff')
    .action((flags: NodeFlags) =>
      say(flags, async () => {
        const staff = await onAccess(flags.data, (node) => node.listStaff())
        const none = 'nobody works here yet; whoever pairs the first device becomes the manager: outpost branch pair'
        return { result: staff, words: staff.map(rowInWords).join('\n') || none }
      }),
    )
  const pin = withPin(named('pin'))
    .description('give somebody another PIN; their logins end')
    .action((name: string, flags: PinFlags) =>
      say(flags, async () => {
        // Whether it has to be a manager's, the node says.
        const given = await readNewPin(name, 'cashier', flags)
        return change(
          onAccess,
          name,
          flags,
          (node, id) => node.setPin(id, given),
          () => 'has another PIN now',
        )
      }),
    )
  const role = withAccessFlags(named('role'))
    .description('make somebody a cashier or a manager')
    .addOption(new Option('--role <role>', 'what they become').choices(STAFF_ROLES).makeOptionMandatory())
    .action((name: string, flags: NodeFlags & { role: StaffRole }) =>
      say(flags, () =>
        change(
          onAccess,
          name,
          flags,
          (node, id) => node.setRole(id, flags.role),
          (person) => `is ${person.role} now`,
        ),
      ),
    )
  const letting = (
    command: 'close' | 'reopen',
    description: string,
    work: (node: AccessNode, id: string) => Promise<StaffMember>,
    outcome: string,
  ) =>
    withAccessFlags(named(command))
      .description(description)
      .action((name: string, flags: NodeFlags) => say(flags, () => change(onAccess, name, flags, work, () => outcome)))
  const close = letting(
    'close',
    'let somebody in no more; their logins end',
    (node, id) => node.close(id),
    'is let in no more',
  )
  const reopen = letting('reopen', 'let somebody in again', (node, id) => node.reopen(id), 'is let in again')
  const staff = new Command('staff').description('who works at the branch: a PIN each, cashiers and managers')
  for (const command of [add, list, pin, role, close, reopen]) staff.addCommand(command)
  return staff
}

function named(command: string): Command {
  return new Command(command).argument('<name>', 'who, by name or id')
}

function withPin(command: Command): Command {
  return withAccessFlags(command)
    .option('--pin-file <file>', 'a file with the PIN alone, which nobody else may read')
    .addHelpText('after', PIN_HELP)
}

function readNewPin(name: string, role: StaffRole, { pinFile }: PinFlags): Promise<string> {
  const problem = (pin: string) => {
    const kind = pinProblem(pin, role)
    if (kind === 'form') return `the PIN of a ${role} has ${PIN_LENGTHS[role]} to ${PIN_LENGTHS.most} digits`
    return kind && 'this PIN is too easily guessed'
  }
  return readSecret({ question: `New PIN of ${name}`, env: 'OUTPOST_PIN', file: pinFile, confirm: true, problem })
}

function change(
  onAccess: OnAccess,
  name: string,
  { data }: NodeFlags,
  act: (node: AccessNode, id: string) => Promise<StaffMember>,
  inWords: (person: StaffMember) => string,
): Promise<Said> {
  return onAccess(data, async (node) => {
    const staff = await node.listStaff()
    const person = staff.find(({ id }) => id === name) ?? staff.find((one) => one.name === name.trim())
    if (!person) throw new OutpostError('ACCOUNT_UNKNOWN', `nobody called "${name}" works here`)
    return said(await act(node, person.id), inWords)
  })
}

function said(person: StaffMember, inWords: (person: StaffMember) => string): Said {
  return { result: person, words: `${person.name} ${inWords(person)}` }
}

function rowInWords({ name, role, closed }: StaffMember): string {
  return `${role.padEnd(8)} ${closed ? 'closed  ' : '        '} ${name}`
}

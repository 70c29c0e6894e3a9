#!/usr/bin/env node
/** The `outpost` command. */
import type { Command } from 'commander'
import { EXIT } from '../adapters/cli/exit-codes.ts'
import { withoutPhones } from '../schemas/phone-like.ts'
import { createProgram } from './program.ts'

const program = createProgram()
prepare(program)
// Whoever reads may be gone, as `head` is once it has enough: what was begun is done to its end, and a node goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
await program.parseAsync()

/** Commands that are made apart inherit nothing from the program. */
function prepare(command: Command): void {
  // What was typed wrongly may be a phone, and errors end up in logs.
  command.configureOutput({ outputError: (text, write) => write(withoutPhones(text)) })
  command.showHelpAfterError('(--help shows what is possible)')
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage))
  for (const sub of command.commands) prepare(sub)
}

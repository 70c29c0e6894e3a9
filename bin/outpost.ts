#!/usr/bin/env node
/** The `outpost` command. */
import { Command } from 'commander'
import { createStatusCommand } from '../adapters/cli/status-command.ts'
import { createCloudCommand } from '../cloud-node/cli/cloud-command.ts'
import { createBranchCommand } from '../local-node/cli/branch-command.ts'
import { VERSION } from '../schemas/version.ts'

const program = new Command('outpost')
  .description('Offline-first replication between the branches of a chain and its headquarters.')
  .version(VERSION)
  .showHelpAfterError('(--help shows what is possible)')
  .addCommand(createCloudCommand())
  .addCommand(createBranchCommand())
  .addCommand(createStatusCommand())
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))

await program.parseAsync()

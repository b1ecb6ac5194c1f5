import type { Command } from 'commander'
import { addCommandGroup } from './subcommand.ts'
import { startCommand } from '../lib/command-name.ts'

export function addServeCommand(program: Command): void {
  addCommandGroup(
    program,
    'serve',
    `Run the server until it is stopped (Ctrl-C or SIGTERM), like ${startCommand}.`,
    'PORT=8080 kagura serve'
  )
    .alias('start')
    .action(async () => {
      await import('../server.ts') // Loading this module starts the server.
    })
}

import type { Command } from 'commander'
import { noun } from './subcommand.ts'

export function addServeCommand(kagura: Command): void {
  noun(
    kagura,
    'serve',
    'Runs the server until it is told to stop (SIGTERM, Ctrl-C): the same as npm start.',
    'PORT=8080 kagura serve'
  ).action(async () => {
    await import('../server.ts')
  }) // the very program: loading it is running it
}

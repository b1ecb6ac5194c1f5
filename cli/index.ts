#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { DataDirectoryInUse } from '../db/embedded/index.ts'
import { NewerDatabase } from '../db/migrate.ts'
import { WrongSetting } from '../plugins/config.ts'
import { Refusal } from './arguments.ts'
import { addClientCommands } from './client.ts'
import { addDoctorCommand } from './doctor/index.ts'
import { addKeyCommands } from './key.ts'
import { addMemoryCommands } from './memory.ts'
import { addMigrateCommands } from './migrate.ts'
import { addServeCommand } from './serve.ts'
import { addTokenCommands } from './token.ts'
import { addUserCommands } from './user.ts'

const kagura = new Command('kagura')
  .description('Runs and administers Kagura Memory. Settings come from the environment and from .env, as for the server; it may be running meanwhile.')
  .addHelpText('after', '\nExample:\n  $ kagura user create --email ada@example.com --role admin\n')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replace(/\s*\n\s*/g, ' ').replace(/(?<![.)?])$/, '.')} Add --help to see how it is used.\n`) })

for (const add of [addServeCommand, addMigrateCommands, addUserCommands, addKeyCommands, addClientCommands, addTokenCommands, addMemoryCommands, addDoctorCommand]) add(kagura)

try {
  await kagura.parseAsync()
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : failed(error as Error)
}

/** What the person can act on, in one line; where it came from is of use only when nobody foresaw it. */
function failed (error: Error & { code?: string }): number {
  const foreseen = [Refusal, WrongSetting, DataDirectoryInUse, NewerDatabase].some((kind) => error instanceof kind)
  const trace = !foreseen && ['debug', 'trace'].includes(process.env['LOG_LEVEL'] ?? '')
  const line = (error.message || error.code || error.name).trim().replace(/\s*\n\s*/g, ' ')
  process.stderr.write(`error: ${line}\n${trace ? `${error.stack}\n` : ''}`)
  return 1
}

#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { DataDirectoryInUse } from '../db/connection/embedded/index.ts'
import { NewerDatabase } from '../db/connection/migrate.ts'
import { WrongSettingError } from '../plugins/config/index.ts'
import { version } from '../lib/version.ts'
import { Refusal } from './arguments.ts'
import { NotConfirmed } from './confirm.ts'

const kagura = new Command('kagura')
  .description(
    'Runs and administers Kagura Memory. Settings come from the environment and from .env, as for the server; it may be running meanwhile.'
  )
  .addHelpText(
    'after',
    '\nExample:\n  $ npx kagura user create --email ada@example.com --role admin\n'
  )
  .option('--version', 'print the version')
  .exitOverride()
  .configureOutput({
    outputError: (text, write) =>
      write(
        `${text
          .trim()
          .replace(/\s*\n\s*/g, ' ')
          .replace(/(?<![.)?])$/, '.')} Add --help to see how it is used.\n`
      )
  })

/**
 * Where each first word is told; loading one takes a while, so only those are loaded that are asked
 * for.
 */
const nouns: Record<string, () => Promise<(kagura: Command) => void>> = {
  serve: async () => (await import('./serve.ts')).addServeCommand,
  migrate: async () => (await import('./migrate.ts')).addMigrateCommands,
  user: async () => (await import('./user/index.ts')).addUserCommands,
  key: async () => (await import('./key.ts')).addKeyCommands,
  client: async () => (await import('./client/index.ts')).addClientCommands,
  token: async () => (await import('./token.ts')).addTokenCommands,
  memory: async () => (await import('./memory.ts')).addMemoryCommands,
  doctor: async () => (await import('./doctor/index.ts')).addDoctorCommand
}

// Who reads no further, such as head, has what he wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  else throw error
})

try {
  if (asksForVersion(process.argv.slice(2))) {
    showVersion()
    process.exit()
  }
  const noun = process.argv[2] ?? ''
  for (const load of Object.hasOwn(nouns, noun) ? [nouns[noun]!] : Object.values(nouns)) {
    ;(await load())(kagura)
  }
  await kagura.parseAsync()
} catch (error) {
  process.exitCode =
    error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : failed(error as Error)
}

/**
 * What the person can act on, in one line; where it came from is of use only when nobody foresaw
 * it.
 */
function failed(error: Error & { code?: string }): 1 | 2 {
  const foreseen = [Refusal, WrongSettingError, DataDirectoryInUse, NewerDatabase].some(
    (kind) => error instanceof kind
  )
  const trace = !foreseen && ['debug', 'trace'].includes(process.env['LOG_LEVEL'] ?? '')
  const line = (error.message || error.code || error.name).trim().replace(/\s*\n\s*/g, ' ')
  process.stderr.write(`error: ${line}\n${trace ? `${error.stack}\n` : ''}`)
  return error instanceof NotConfirmed ? 2 : 1
}

function asksForVersion(args: string[]): boolean {
  return args.includes('--version') && args.every((arg) => ['--version', '--json'].includes(arg))
}

function showVersion(): void {
  const json = process.argv.includes('--json')
  process.stdout.write(`${json ? JSON.stringify({ version }) : version}\n`)
}

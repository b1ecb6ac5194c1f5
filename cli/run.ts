import { Command, CommanderError } from 'commander'
import { DataDirectoryInUseError } from '../db/connection/embedded/index.ts'
import { NewerDatabaseError } from '../db/connection/migrate.ts'
import { WrongSettingError } from '../plugins/config/index.ts'
import { version } from '../lib/version.ts'
import { CommandRefusedError } from './arguments.ts'
import { NotConfirmedError } from './confirm.ts'
import { terminal } from './terminal.ts'
import { commandName } from '../lib/command-name.ts'

type CommandLoader = () => Promise<(program: Command) => void>

const loadServe: CommandLoader = async () => (await import('./serve.ts')).addServeCommand

const loadBackup: CommandLoader = async () => (await import('./backup/index.ts')).addBackupCommands

/** Loads each command group on demand: loading all of them takes a while. */
const commandLoaders: Record<string, CommandLoader> = {
  serve: loadServe,
  start: loadServe,
  backup: loadBackup,
  restore: loadBackup,
  migrate: async () => (await import('./migrate.ts')).addMigrateCommands,
  user: async () => (await import('./user/index.ts')).addUserCommands,
  key: async () => (await import('./key.ts')).addKeyCommands,
  client: async () => (await import('./client/index.ts')).addClientCommands,
  token: async () => (await import('./token.ts')).addTokenCommands,
  memory: async () => (await import('./memory/index.ts')).addMemoryCommands,
  service: async () => (await import('./service.ts')).addServiceCommands,
  update: async () => (await import('./update/index.ts')).addUpdateCommand,
  doctor: async () => (await import('./doctor/index.ts')).addDoctorCommand
}

/** Runs the command with these arguments on the current terminal. Returns the exit code. */
export async function runCommand(args: string[]): Promise<number> {
  if (isVersionRequest(args)) {
    const versionLine = args.includes('--json') ? JSON.stringify({ version }) : version
    terminal().stdout.write(`${versionLine}\n`)
    return 0
  }
  try {
    const program = createProgram()
    const groupName = args[0] ?? ''
    const neededLoaders = Object.hasOwn(commandLoaders, groupName)
      ? [commandLoaders[groupName]!]
      : new Set(Object.values(commandLoaders))
    for (const loadCommands of neededLoaders) (await loadCommands())(program)
    await program.parseAsync(args, { from: 'user' })
    return Number(terminal().exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return reportError(error as Error)
  }
}

function createProgram(): Command {
  const { stdout, stderr } = terminal()
  return new Command('kagura')
    .description(
      'Run and administer Kagura Memory. Commands read the same settings as the server, from the ' +
        'environment and .env, and also work while it runs.'
    )
    .addHelpText(
      'after',
      `\nExample:\n  $ ${commandName} user create --email ada@example.com --role admin\n`
    )
    .option('--version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) =>
        write(`${oneLine(text).replace(/(?<![.)?])$/, '.')} Add --help to see how to use it.\n`)
    })
}

/**
 * Prints the error in one line and returns the exit code. Only an unexpected error has a stack
 * trace, and only with LOG_LEVEL debug or trace.
 */
function reportError(error: Error & { code?: string }): 1 | 2 {
  const isExpected = [
    CommandRefusedError,
    WrongSettingError,
    DataDirectoryInUseError,
    NewerDatabaseError
  ].some((errorClass) => error instanceof errorClass)
  const { env, stderr } = terminal()
  const hasTrace = !isExpected && ['debug', 'trace'].includes(env['LOG_LEVEL'] ?? '')
  const errorLine = oneLine(error.message || error.code || error.name)
  stderr.write(`error: ${errorLine}\n${hasTrace ? `${error.stack}\n` : ''}`)
  return error instanceof NotConfirmedError ? 2 : 1
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}

function isVersionRequest(args: string[]): boolean {
  return args.includes('--version') && args.every((arg) => ['--version', '--json'].includes(arg))
}

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { loadSettings } from './database.ts'
import { addCommandGroup, addSubcommand, printResult, type WithJson } from './subcommand.ts'
import { terminal } from './terminal.ts'
import {
  currentDefinition,
  LAUNCHD_LABEL,
  type ServiceDefinition,
  SYSTEMD_UNIT
} from './service-definition.ts'
import { commandName } from '../lib/command-name.ts'

export function addServiceCommands(program: Command): void {
  const serviceGroup = addCommandGroup(
    program,
    'service',
    'Let the system run the server in the background: systemd on Linux, launchd on macOS.',
    'kagura service install'
  )
  addSubcommand(
    serviceGroup,
    'install',
    'Start the server of this folder now, and at each sign-in of this user.',
    'kagura service install --print'
  )
    .option('--print', 'print the definition of the service, and change nothing')
    .action(installService)
  addSubcommand(
    serviceGroup,
    'uninstall',
    'Stop the server and remove its definition. Data and settings stay.',
    'kagura service uninstall'
  ).action(uninstallService)
  addSubcommand(
    serviceGroup,
    'status',
    'Say whether the service is installed and runs.',
    'kagura service status --json'
  ).action(showServiceStatus)
}

/** What the manager takes to start the service, to stop it for good, and to say whether it runs. */
interface ManagerCommands {
  start: string[][]
  stop: string[][]
  status: string[]
  restart: string[]
}

function managerCommands({ manager, file }: ServiceDefinition): ManagerCommands {
  if (manager === 'launchd') {
    const domain = `gui/${process.getuid?.() ?? 501}`
    return {
      start: [['launchctl', 'bootstrap', domain, file]],
      stop: [['launchctl', 'bootout', `${domain}/${LAUNCHD_LABEL}`]],
      status: ['launchctl', 'print', `${domain}/${LAUNCHD_LABEL}`],
      restart: ['launchctl', 'kickstart', '-k', `${domain}/${LAUNCHD_LABEL}`]
    }
  }
  const systemctl = ['systemctl', '--user']
  return {
    start: [
      [...systemctl, 'daemon-reload'],
      [...systemctl, 'enable', SYSTEMD_UNIT],
      [...systemctl, 'restart', SYSTEMD_UNIT]
    ],
    stop: [[...systemctl, 'disable', '--now', SYSTEMD_UNIT]],
    status: [...systemctl, 'is-active', '--quiet', SYSTEMD_UNIT],
    restart: [...systemctl, 'restart', SYSTEMD_UNIT]
  }
}

function installService({ print, ...options }: WithJson & { print?: true }): void {
  const definition = currentDefinition()
  if (print) {
    printResult(options, definition, ({ text }) => text)
    return
  }
  loadSettings() // A wrong setting would only show in the log of the service.
  mkdirSync(dirname(definition.file), { recursive: true })
  writeFileSync(definition.file, definition.text)
  const fault = runAll(managerCommands(definition).start)
  printResult(options, { ...statusOf(definition), fault }, () =>
    fault === undefined ? installedText(definition) : unstartedText(definition, fault)
  )
  if (fault !== undefined) terminal().exitCode = 1
}

function uninstallService(options: WithJson): void {
  const definition = currentDefinition()
  const wasInstalled = existsSync(definition.file)
  const fault = wasInstalled ? runAll(managerCommands(definition).stop) : undefined
  rmSync(definition.file, { force: true })
  printResult(options, { removed: wasInstalled, file: definition.file, fault }, ({ removed }) =>
    removed
      ? `Removed ${definition.file}. The data and the settings are still here.` +
        (fault === undefined ? '' : ` If the server still runs, stop it: ${fault}`)
      : 'The service is not installed.'
  )
}

function showServiceStatus(options: WithJson): void {
  const status = statusOf(currentDefinition())
  printResult(options, status, ({ installed, running, file }) =>
    installed
      ? `The service ${running ? 'runs' : 'does not run'}: ${file}`
      : `The service is not installed. Install it: ${commandName} service install`
  )
  if (!status.running) terminal().exitCode = 1
}

function statusOf(definition: ServiceDefinition) {
  const installed = existsSync(definition.file)
  const running = installed && runManager(managerCommands(definition).status) === undefined
  return { manager: definition.manager, file: definition.file, installed, running }
}

/** The command that restarts the installed service, or undefined if there is none. */
export function findRestartCommand(): string | undefined {
  try {
    const definition = currentDefinition()
    return existsSync(definition.file) ? managerCommands(definition).restart.join(' ') : undefined
  } catch {
    return undefined
  }
}

/** Runs the commands until one fails. Returns what that one answered. */
function runAll(commands: string[][]): string | undefined {
  for (const command of commands) {
    const fault = runManager(command)
    if (fault !== undefined) return `${command.join(' ')}: ${fault}`
  }
}

function runManager([program, ...args]: string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program!, args, {
    env: terminal().env,
    encoding: 'utf8',
    timeout: 60_000
  })
  if (error) return error.message
  return status === 0 ? undefined : stderr.trim() || `exit code ${status}`
}

function installedText({ manager, file }: ServiceDefinition): string {
  return manager === 'launchd'
    ? `The server runs, and starts when you sign in. Its log: ~/Library/Logs/kagura-memory.log\n` +
        `Its definition: ${file}`
    : `The server runs, and starts when you sign in. Its log, with the address and the set-up ` +
        `link:\n  journalctl --user -u kagura-memory\n` +
        `Also without a sign-in, after a restart of the machine:\n  loginctl enable-linger\n` +
        `Its definition: ${file}`
}

function unstartedText({ file }: ServiceDefinition, fault: string): string {
  return `Wrote ${file}, but the server did not start.\n${fault}`
}

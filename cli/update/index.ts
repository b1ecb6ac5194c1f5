import { spawnSync } from 'node:child_process'
import type { Command } from 'commander'
import { version } from '../../lib/version.ts'
import { migrateDatabase } from '../../plugins/db.ts'
import { CommandRefusedError } from '../arguments.ts'
import { backupText, type WrittenBackup, writeBackup } from '../backup/create.ts'
import { requireConfirmation, type WithYes, yesOption } from '../confirm.ts'
import { withUnmigratedDatabase } from '../database.ts'
import { findRestartCommand } from '../service.ts'
import { addSubcommand, formatCount, printResult, type WithJson } from '../subcommand.ts'
import { terminal } from '../terminal.ts'
import {
  findInstallation,
  findNewestVersion,
  type Installation,
  isNewerVersion
} from './installation.ts'

export function addUpdateCommand(program: Command): void {
  addSubcommand(
    program,
    'update',
    'Say what an update changes, write a backup, and install the newest version. Asks first.',
    'kagura update --check'
  )
    .option('--check', 'only say what would change')
    .option('--to <folder>', 'the folder for the backup', 'backups')
    .option(...yesOption)
    .action(runUpdate)
}

interface UpdateOptions extends WithJson, WithYes {
  check?: true
  to: string
}

/** What there is, and what an update would do. */
interface UpdatePlan {
  version: string
  /** Undefined if npm did not answer. */
  newest: string | undefined
  isNewer: boolean
  /** Migrations of this version that the database lacks. */
  pending: string[]
  /** Whether a server has the embedded database open. */
  beside: boolean
  installation: Installation
}

async function runUpdate({ check, to: folder, yes, ...options }: UpdateOptions): Promise<void> {
  const plan = await makePlan()
  const canDo = (plan.isNewer && plan.installation.command) || plan.pending.length > 0
  if (check || !canDo) {
    printResult(options, jsonOf(plan), () => planText(plan))
    return
  }
  await requireConfirmation(`${planText(plan)} A backup goes to ${folder} first.`, {
    ...(yes && { yes })
  })
  const backup = await withUnmigratedDatabase((db, { config, status }) =>
    status.applied.length === 0
      ? Promise.resolve(undefined)
      : writeBackup(db, { config, status, folder })
  )
  if (plan.isNewer && plan.installation.command) install(plan.installation.command)
  else if (!plan.beside) await migratePending()
  const isInstalled = plan.isNewer && plan.installation.command !== undefined
  const updated = { ...jsonOf(plan), backup: backup?.file, installed: isInstalled }
  printResult(options, updated, () => doneText(plan, backup, isInstalled))
}

async function makePlan(): Promise<UpdatePlan> {
  const [newest, { pending, beside }] = await Promise.all([
    findNewestVersion(),
    withUnmigratedDatabase(async (_, { status, beside: isBeside }) => ({
      pending: status.applied.length === 0 ? [] : status.pending,
      beside: isBeside
    }))
  ])
  return {
    version,
    newest,
    isNewer: newest !== undefined && isNewerVersion(newest, version),
    pending,
    beside,
    installation: await findInstallation(newest ?? version)
  }
}

function jsonOf({ installation, isNewer, ...plan }: UpdatePlan) {
  return { ...plan, newer: isNewer, kind: installation.kind, advice: installation.advice }
}

/** Whole sentences. */
function planText({ newest, isNewer, pending, installation }: UpdatePlan): string {
  const versionText = isNewer
    ? `This is version ${version}, and ${newest} is on npm. ${installation.advice}. Its first ` +
      'start updates the tables, and CHANGELOG.md says what is new.'
    : newest === undefined
      ? `This is version ${version}. npm did not say which one is the newest.`
      : `This is version ${version}, and npm has none that is newer.`
  const pendingText =
    pending.length === 0
      ? 'The database has every migration of this version.'
      : `The database lacks ${formatCount(pending.length, 'migration')} of this version: ` +
        `${pending.join(', ')}.`
  return `${versionText} ${pendingText}`
}

/** Runs npm, which prints on standard error. Throws CommandRefusedError. */
function install([program, ...args]: string[]): void {
  const { status, error } = spawnSync(program!, args, {
    env: terminal().env,
    stdio: ['ignore', 2, 2]
  })
  if (error || status !== 0) {
    throw new CommandRefusedError(
      `npm could not install it (${error?.message ?? `exit code ${status}`}). The backup is ` +
        'written, and the former version is still here if "kagura --version" answers.'
    )
  }
}

function migratePending(): Promise<unknown> {
  return withUnmigratedDatabase((db, { config }) => migrateDatabase(db, config))
}

function doneText(
  { newest, beside }: UpdatePlan,
  backup: WrittenBackup | undefined,
  isInstalled: boolean
): string {
  const restart = findRestartCommand() ?? 'stop it with Ctrl-C or SIGTERM, and start it again'
  const nextText = isInstalled
    ? `Version ${newest} is installed. Restart the server: ${restart}.`
    : beside
      ? `Restart the server, which updates its tables: ${restart}.`
      : 'The tables are up to date.'
  return [...(backup ? [backupText(backup)] : []), nextText].join('\n')
}

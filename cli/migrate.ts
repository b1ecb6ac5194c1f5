import type { Command } from 'commander'
import { migrationSql, type MigrationStatus } from '../db/connection/migrate.ts'
import { migrateDatabase } from '../plugins/db.ts'
import { CommandRefusedError } from './arguments.ts'
import { requireConfirmation, type WithYes, yesOption } from './confirm.ts'
import { withUnmigratedDatabase } from './database.ts'
import { addCommandGroup, addSubcommand, printResult, type WithJson } from './subcommand.ts'
import { terminal } from './terminal.ts'

export function addMigrateCommands(program: Command): void {
  const migrateGroup = addCommandGroup(
    program,
    'migrate',
    'Update the tables of the database to this version. Without a subcommand: up.',
    'kagura migrate status'
  )
  addSubcommand(migrateGroup, 'up', 'Run all pending migrations.', 'kagura migrate up', {
    isDefault: true
  }).action(migrateUp)
  addSubcommand(
    migrateGroup,
    'down',
    'Revert the newest migration and delete all data in its tables. Stop the server first.',
    'kagura migrate down'
  )
    .option(...yesOption)
    .action(migrateDown)
  addSubcommand(
    migrateGroup,
    'status',
    'List the applied and the pending migrations.',
    'kagura migrate status --json'
  ).action(showStatus)
  addSubcommand(
    migrateGroup,
    'sql',
    'Print the SQL of one migration, or of all, for psql -f.',
    'kagura migrate sql 003_oauth_server.sql > 003_oauth_server.sql'
  )
    .argument('[name]', 'such as 003, 003-oauth-server or 003_oauth_server.sql')
    .action(showSql)
}

async function migrateUp(options: WithJson): Promise<void> {
  const { before, after } = await runMigrations('up')
  printResult(options, after, ({ applied }) => {
    const newMigrations = applied.filter((name) => !before.applied.includes(name))
    return `${migrationLines('Applied', newMigrations)}The database is up to date.`
  })
}

async function migrateDown({ yes, ...options }: WithJson & WithYes): Promise<void> {
  const newestMigration = (await readStatus()).applied.at(-1)
  if (newestMigration !== undefined) {
    await requireConfirmation(
      `This reverts the migration ${newestMigration} and deletes all data in its tables and ` +
        'columns.',
      { ...(yes && { yes }) }
    )
  }
  const { before, after } = await runMigrations('down')
  printResult(options, after, ({ applied }) => {
    const revertedMigrations = before.applied.filter((name) => !applied.includes(name))
    return migrationLines('Reverted', revertedMigrations) || 'There is no migration to revert.'
  })
}

async function showStatus(options: WithJson): Promise<void> {
  printResult(options, await readStatus(), ({ applied, pending }) =>
    [
      ...applied.map((name) => `applied  ${name}`),
      ...pending.map((name) => `pending  ${name}`)
    ].join('\n')
  )
}

async function showSql(name: string | undefined, { json }: WithJson): Promise<void> {
  const migrationText = await migrationSql(name).catch((error: Error) => {
    throw new CommandRefusedError(error.message)
  })
  terminal().stdout.write(json ? `${JSON.stringify({ sql: migrationText })}\n` : migrationText)
}

function readStatus(): Promise<MigrationStatus> {
  return withUnmigratedDatabase(async (_, opened) => opened.status)
}

function runMigrations(
  direction: 'up' | 'down'
): Promise<{ before: MigrationStatus; after: MigrationStatus }> {
  return withUnmigratedDatabase(async (db, { config, status }) => ({
    before: status,
    after: await migrateDatabase(db, config, direction)
  }))
}

function migrationLines(verb: string, names: string[]): string {
  return names.map((name) => `${verb} ${name}\n`).join('')
}

import type { Command } from 'commander'
import { migrationSql, type MigrationStatus } from '../db/connection/migrate.ts'
import { migrateDatabase } from '../plugins/db.ts'
import { Refusal } from './arguments.ts'
import { confirm, type WithYes, yesOption } from './confirm.ts'
import { onDatabase } from './database.ts'
import { noun, print, subcommand, type WithJson } from './subcommand.ts'

export function addMigrateCommands(kagura: Command): void {
  const group = noun(
    kagura,
    'migrate',
    'Brings the tables of the database up to this version; without a subcommand: up.',
    'kagura migrate status'
  )
  subcommand(group, 'up', 'Runs all pending migrations.', 'kagura migrate up', {
    isDefault: true
  }).action(migrateUp)
  subcommand(
    group,
    'down',
    'Takes the newest migration back, with all data in its tables. Stop the server first.',
    'kagura migrate down'
  )
    .option(...yesOption)
    .action(migrateDown)
  subcommand(
    group,
    'status',
    'Lists the migrations that have run and those that have not.',
    'kagura migrate status --json'
  ).action(showStatus)
  subcommand(
    group,
    'sql',
    'Prints the SQL of one migration, or of all, for psql -f.',
    'kagura migrate sql 003_oauth_server.sql > 003_oauth_server.sql'
  )
    .argument('[name]', 'such as 003, 003-oauth-server or 003_oauth_server.sql')
    .action(showSql)
}

async function migrateUp(options: WithJson): Promise<void> {
  const { before, after } = await moved('up')
  print(
    options,
    after,
    ({ applied }) =>
      `${said(
        'Ran',
        applied.filter((name) => !before.applied.includes(name))
      )}The database is up to date.`
  )
}

async function migrateDown({ yes, ...options }: WithJson & WithYes): Promise<void> {
  const newest = (await onDatabase(async (_, opened) => opened.status)).applied.at(-1)
  if (newest !== undefined) {
    await confirm(
      `This takes the migration ${newest} back and deletes all data in its tables and columns.`,
      { ...(yes && { yes }) }
    )
  }
  const { before, after } = await moved('down')
  print(
    options,
    after,
    ({ applied }) =>
      said(
        'Took back',
        before.applied.filter((name) => !applied.includes(name))
      ) || 'No migration has run.'
  )
}

async function showStatus(options: WithJson): Promise<void> {
  const status = await onDatabase(async (_, opened) => opened.status)
  print(options, status, ({ applied, pending }) =>
    [
      ...applied.map((name) => `applied  ${name}`),
      ...pending.map((name) => `pending  ${name}`)
    ].join('\n')
  )
}

async function showSql(name: string | undefined, { json }: WithJson): Promise<void> {
  const sql = await migrationSql(name).catch((error: Error) => {
    throw new Refusal(error.message)
  })
  process.stdout.write(json ? `${JSON.stringify({ sql })}\n` : sql)
}

function moved(
  direction: 'up' | 'down'
): Promise<{ before: MigrationStatus; after: MigrationStatus }> {
  return onDatabase(async (db, { config, status }) => ({
    before: status,
    after: await migrateDatabase(db, config, direction)
  }))
}

function said(verb: string, names: string[]): string {
  return names.map((name) => `${verb} ${name}\n`).join('')
}

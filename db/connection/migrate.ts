import { readdirSync } from 'node:fs'
import {
  DummyDriver,
  Kysely,
  type Migration,
  Migrator,
  NO_MIGRATIONS,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler
} from 'kysely'
import type { Db } from './connect.ts'
import { withoutLimit } from './prepared.ts'

/** Names of the migrations that have run, and of those that have not. */
export interface MigrationStatus {
  applied: string[]
  pending: string[]
}

/** A newer version of the program migrated this database. */
export class NewerDatabaseError extends Error {
  override name = 'NewerDatabaseError'
  constructor(names: string[]) {
    super(
      `The database has migrations that this version does not know (${names.join(', ')}). ` +
        'Run the newer version of Kagura Memory.'
    )
  }
}

const migrationsFolder = new URL('../../migrations/', import.meta.url)

async function loadMigrations(): Promise<Record<string, Migration>> {
  const migrationFiles = readdirSync(migrationsFolder)
    .filter((file) => /^\d{3}-.*\.(js|ts)$/.test(file))
    .sort()
  const migrationEntries = await Promise.all(
    migrationFiles.map(
      async (file) =>
        [file.slice(0, -3), await import(new URL(file, migrationsFolder).href)] as const
    )
  )
  return Object.fromEntries(migrationEntries)
}

const migrationProvider = { getMigrations: loadMigrations }

/** Lists the migrations that have run and those that have not. Throws NewerDatabaseError. */
export async function migrationStatus(db: Db): Promise<MigrationStatus> {
  const knownNames = Object.keys(await loadMigrations())
  const databaseTables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const appliedNames = databaseTables.some(({ name }) => name === 'kysely_migration')
    ? (
        await (db as Kysely<any>)
          .selectFrom('kysely_migration')
          .select('name')
          .orderBy('name')
          .execute()
      ).map(({ name }) => name as string)
    : []
  const unknownNames = appliedNames.filter((name) => !knownNames.includes(name))
  if (unknownNames.length > 0) throw new NewerDatabaseError(unknownNames)
  return {
    applied: appliedNames,
    pending: knownNames.filter((name) => !appliedNames.includes(name))
  }
}

/**
 * Runs all pending migrations ('up') or reverts the newest ('down'), in one transaction under an
 * advisory lock. If two processes start together, the second waits and finds nothing to do. Throws
 * NewerDatabaseError, or the error of PostgreSQL.
 */
export async function migrate(db: Db, direction: 'up' | 'down' = 'up'): Promise<MigrationStatus> {
  const statusBefore = await migrationStatus(db)
  if (direction === 'up' && statusBefore.pending.length === 0) return statusBefore
  const { error } = await db.connection().execute((connection) =>
    withoutLimit(connection, () => {
      const kyselyMigrator = new Migrator({ db: connection, provider: migrationProvider })
      return direction === 'up' ? kyselyMigrator.migrateToLatest() : kyselyMigrator.migrateDown()
    })
  )
  if (error) throw error
  return migrationStatus(db)
}

/**
 * Runs or reverts migrations until exactly these are applied, in one transaction. Throws if this
 * version has not exactly them, in their order.
 */
export async function migrateTo(db: Db, names: string[]): Promise<void> {
  const { error } = await db
    .connection()
    .execute((connection) =>
      withoutLimit(connection, () =>
        new Migrator({ db: connection, provider: migrationProvider }).migrateTo(
          names.at(-1) ?? NO_MIGRATIONS
        )
      )
    )
  if (error) throw error
  const { applied } = await migrationStatus(db)
  if (applied.join() !== names.join()) {
    const strangers = names.filter((name) => !applied.includes(name))
    throw new NewerDatabaseError(strangers.length > 0 ? strangers : names)
  }
}

/** Lists those of the names that this version does not have. */
export async function unknownMigrations(names: string[]): Promise<string[]> {
  const knownMigrations = await loadMigrations()
  return names.filter((name) => !Object.hasOwn(knownMigrations, name))
}

/**
 * The SQL of one migration, or of all, for `psql -f`. It records the migration as applied. Throws
 * if the name is unknown.
 */
export async function migrationSql(name?: string): Promise<string> {
  const loadedMigrations = await loadMigrations()
  const selectedNames =
    name === undefined
      ? Object.keys(loadedMigrations)
      : Object.keys(loadedMigrations).filter((known) => sameMigration(known, name))
  if (selectedNames.length === 0) {
    throw new Error(
      `There is no migration ${name}. Known: ${Object.keys(loadedMigrations).join(', ')}`
    )
  }
  const sqlLines = [
    'begin;',
    'create table if not exists kysely_migration (name varchar(255) primary key, ' +
      'timestamp varchar(255) not null);',
    'create table if not exists kysely_migration_lock (id varchar(255) primary key, ' +
      'is_locked integer not null default 0);',
    "insert into kysely_migration_lock (id, is_locked) values ('migration_lock', 0) " +
      'on conflict do nothing;'
  ]
  for (const migrationName of selectedNames) {
    sqlLines.push(
      '',
      `-- ${migrationName}`,
      ...(await recordStatements(loadedMigrations[migrationName]!)).map(
        (statement) => `${statement};`
      ),
      'insert into kysely_migration (name, timestamp) ' +
        `values ('${migrationName}', '${new Date().toISOString()}');`
    )
  }
  return [...sqlLines, 'commit;', ''].join('\n')
}

/** `003_oauth_server.sql` and `003` also refer to `003-oauth-server`. */
function sameMigration(known: string, requestedName: string): boolean {
  const normalizedName = requestedName.replace(/\.sql$/, '').replaceAll('_', '-')
  return known === normalizedName || known.split('-')[0] === normalizedName
}

/** Runs a migration on a database that executes nothing; returns the statements. */
async function recordStatements({ up }: Migration): Promise<string[]> {
  const recordedStatements: string[] = []
  const recordingDatabase = new Kysely<any>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler()
    },
    log: ({ query }) => {
      recordedStatements.push(query.sql.trim())
    }
  })
  await up(recordingDatabase)
  return recordedStatements
}

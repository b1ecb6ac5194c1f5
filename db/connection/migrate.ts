import { readdirSync } from 'node:fs'
import {
  DummyDriver,
  Kysely,
  type Migration,
  Migrator,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler
} from 'kysely'
import type { Db } from './connect.ts'
import { withoutLimit } from './prepared.ts'

export interface MigrationStatus {
  applied: string[]
  pending: string[]
}

/** The database was written by a newer program. */
export class NewerDatabase extends Error {
  constructor(names: string[]) {
    super(
      `The database has migrations that this version does not know (${names.join(', ')}). Run the newer version of Kagura Memory.`
    )
  }
}

const folder = new URL('../../migrations/', import.meta.url)

async function loadMigrations(): Promise<Record<string, Migration>> {
  const files = readdirSync(folder)
    .filter((file) => /^\d{3}-.*\.(js|ts)$/.test(file))
    .sort()
  const entries = await Promise.all(
    files.map(
      async (file) => [file.slice(0, -3), await import(new URL(file, folder).href)] as const
    )
  )
  return Object.fromEntries(entries)
}

const provider = { getMigrations: loadMigrations }

/** What has been run and what has not. Throws NewerDatabase. */
export async function migrationStatus(db: Db): Promise<MigrationStatus> {
  const known = Object.keys(await loadMigrations())
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const applied = tables.some(({ name }) => name === 'kysely_migration')
    ? (
        await (db as Kysely<any>)
          .selectFrom('kysely_migration')
          .select('name')
          .orderBy('name')
          .execute()
      ).map(({ name }) => name as string)
    : []
  const unknown = applied.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new NewerDatabase(unknown)
  return { applied, pending: known.filter((name) => !applied.includes(name)) }
}

/**
 * Runs all pending migrations ('up') or takes the newest back ('down'), in one transaction under an
 * advisory lock: of two processes that start at once the second waits and finds nothing to do.
 * Throws NewerDatabase, or what PostgreSQL says.
 */
export async function migrate(db: Db, direction: 'up' | 'down' = 'up'): Promise<MigrationStatus> {
  const status = await migrationStatus(db)
  if (direction === 'up' && status.pending.length === 0) return status
  const { error } = await db.connection().execute((connection) =>
    withoutLimit(connection, () => {
      const migrator = new Migrator({ db: connection, provider })
      return direction === 'up' ? migrator.migrateToLatest() : migrator.migrateDown()
    })
  )
  if (error) throw error
  return migrationStatus(db)
}

/**
 * The SQL of one migration, or of all, for `psql -f`. It notes itself as applied. Throws on an
 * unknown name.
 */
export async function migrationSql(name?: string): Promise<string> {
  const migrations = await loadMigrations()
  const wanted =
    name === undefined
      ? Object.keys(migrations)
      : Object.keys(migrations).filter((known) => sameMigration(known, name))
  if (wanted.length === 0) {
    throw new Error(`There is no migration ${name}. Known: ${Object.keys(migrations).join(', ')}`)
  }
  const lines = [
    'begin;',
    'create table if not exists kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null);',
    'create table if not exists kysely_migration_lock (id varchar(255) primary key, is_locked integer not null default 0);',
    "insert into kysely_migration_lock (id, is_locked) values ('migration_lock', 0) on conflict do nothing;"
  ]
  for (const migration of wanted) {
    lines.push(
      '',
      `-- ${migration}`,
      ...(await statements(migrations[migration]!)).map((statement) => `${statement};`),
      `insert into kysely_migration (name, timestamp) values ('${migration}', '${new Date().toISOString()}');`
    )
  }
  return [...lines, 'commit;', ''].join('\n')
}

/** `003_oauth_server.sql` and `003` also name `003-oauth-server`. */
function sameMigration(known: string, asked: string): boolean {
  const plain = asked.replace(/\.sql$/, '').replaceAll('_', '-')
  return known === plain || known.split('-')[0] === plain
}

/** Runs a migration against no database and keeps what it would have said. */
async function statements({ up }: Migration): Promise<string[]> {
  const said: string[] = []
  const recorder = new Kysely<any>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler()
    },
    log: ({ query }) => {
      said.push(query.sql.trim())
    }
  })
  await up(recorder)
  return said
}

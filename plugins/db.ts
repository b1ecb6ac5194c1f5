import { resolve } from 'node:path'
import fp from 'fastify-plugin'
import { connect, type Connection, type ConnectOptions, type Db } from '../db/connection/connect.ts'
import { DataDirectoryInUseError } from '../db/connection/embedded/index.ts'
import {
  migrate,
  type MigrationStatus,
  migrationStatus,
  NewerDatabaseError
} from '../db/connection/migrate.ts'
import { type Config, WrongSettingError } from './config/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Db
  }
}

type DatabaseSettings = Pick<Config, 'DATABASE_URL' | 'DATA_DIR'>

/** PostgreSQL's codes for a role without permission, and for a read-only database. */
const unwritableCodes = ['42501', '25006']

/** What an operator forgets, by what PostgreSQL or its client answers. */
const openingAdvice: Array<[errorPattern: RegExp, advice: string]> = [
  [/^3D000 /, ' Create it with createdb, or name another database.'],
  [
    /^42501 /,
    ' The role must own the database, or needs CONNECT on it and CREATE on its schema public.'
  ],
  [
    / SASL: .*password must be/,
    ' PostgreSQL asks for a password: postgres://kagura:PASSWORD@localhost:5432/kagura.'
  ]
]

/**
 * app.db: one pool for the process, migrated; it closes after every route has drained. Throws what
 * openDatabase and migrateDatabase throw.
 */
export default fp(
  async (app) => {
    const connection = await openDatabase(app.config, {
      onError: (error) => app.log.error(error, 'database connection')
    })
    app.addHook('onClose', connection.close)
    const { applied } = await migrateDatabase(connection.db, app.config)
    app.log.info({ embedded: connection.embedded, migrations: applied.length }, 'database is ready')
    app.decorate('db', connection.db)
  },
  { name: 'db', dependencies: ['config'] }
)

/**
 * Opens the database of the settings without migrating it. Throws WrongSettingError, which says why
 * the database does not open, DataDirectoryInUseError, NewerDatabaseError.
 */
export async function openDatabase(
  settings: DatabaseSettings,
  options: Pick<ConnectOptions, 'beside' | 'onError'>
): Promise<Connection & { status: MigrationStatus }> {
  let connection: Connection | undefined
  try {
    connection = await connect({
      databaseUrl: settings.DATABASE_URL,
      dataDir: settings.DATA_DIR,
      ...options
    })
    return { ...connection, status: await migrationStatus(connection.db) }
  } catch (error) {
    await connection?.close()
    throw error instanceof NewerDatabaseError || error instanceof DataDirectoryInUseError
      ? error
      : openingError(error as Error, settings)
  }
}

/**
 * Runs all pending migrations, or reverts the newest ('down'). Throws WrongSettingError when the
 * role lacks a permission, otherwise PostgreSQL's error.
 */
export async function migrateDatabase(
  db: Db,
  settings: DatabaseSettings,
  direction: 'up' | 'down' = 'up'
): Promise<MigrationStatus> {
  try {
    return await migrate(db, direction)
  } catch (error) {
    throw unwritableCodes.includes((error as NodeJS.ErrnoException).code ?? '')
      ? openingError(error as Error, settings)
      : error
  }
}

/** One line that names the setting and the remedy. */
function openingError(
  error: NodeJS.ErrnoException,
  { DATABASE_URL: databaseUrl, DATA_DIR: dataDir }: DatabaseSettings
): WrongSettingError {
  const { message, code } = error
  const errorText = (message || code || error.name).trim().replace(/\s*\n\s*/g, ' ')
  const [, advice = ''] =
    openingAdvice.find(([errorPattern]) => errorPattern.test(`${code} ${message}`)) ?? []
  const setting = databaseUrl ? 'DATABASE_URL' : `DATA_DIR (${resolve(dataDir)})`
  return new WrongSettingError(
    `The database cannot be opened: ${errorText}.${advice} Check ${setting}.`,
    { cause: error }
  )
}

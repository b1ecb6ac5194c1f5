import { resolve } from 'node:path'
import fp from 'fastify-plugin'
import { connect, type Connection, type ConnectOptions, type Db } from '../db/connection/connect.ts'
import { DataDirectoryInUse } from '../db/connection/embedded/index.ts'
import {
  migrate,
  type MigrationStatus,
  migrationStatus,
  NewerDatabase
} from '../db/connection/migrate.ts'
import { type Config, WrongSetting } from './config/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Db
    /** true with the embedded database. */
    embedded: boolean
  }
}

type Place = Pick<Config, 'DATABASE_URL' | 'DATA_DIR'>

/** PostgreSQL's codes for a role that may not, and for a copy that nobody may write. */
const UNWRITABLE = ['42501', '25006']

/** What an operator forgets to do, by what PostgreSQL or its client says. */
const advice: Array<[says: RegExp, todo: string]> = [
  [/^3D000 /, ' Make it with createdb, or name another.'],
  [
    /^42501 /,
    ' The role has to own the database, or needs CONNECT on it and CREATE on its schema public.'
  ],
  [
    / SASL: .*password must be/,
    ' PostgreSQL asks for a password: postgres://kagura:PASSWORD@localhost:5432/kagura.'
  ]
]

/**
 * app.db: one pool for the process, migrated; closed after every route has drained. Throws as
 * openDatabase and migrateDatabase do.
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
    app.decorate('embedded', connection.embedded)
  },
  { name: 'db', dependencies: ['config'] }
)

/**
 * The database that the settings name, as it is. Throws WrongSetting, which says why it cannot be
 * opened, DataDirectoryInUse, NewerDatabase.
 */
export async function openDatabase(
  place: Place,
  options: Pick<ConnectOptions, 'beside' | 'onError'>
): Promise<Connection & { status: MigrationStatus }> {
  let connection: Connection | undefined
  try {
    connection = await connect({
      databaseUrl: place.DATABASE_URL,
      dataDir: place.DATA_DIR,
      ...options
    })
    return { ...connection, status: await migrationStatus(connection.db) }
  } catch (error) {
    await connection?.close()
    throw error instanceof NewerDatabase || error instanceof DataDirectoryInUse
      ? error
      : notOpened(error as Error, place)
  }
}

/**
 * Runs all pending migrations, or takes the newest back ('down'). Throws WrongSetting where the
 * role may not, or else what PostgreSQL says.
 */
export async function migrateDatabase(
  db: Db,
  place: Place,
  direction: 'up' | 'down' = 'up'
): Promise<MigrationStatus> {
  try {
    return await migrate(db, direction)
  } catch (error) {
    throw UNWRITABLE.includes((error as NodeJS.ErrnoException).code ?? '')
      ? notOpened(error as Error, place)
      : error
  }
}

/** One line that names the setting. */
function notOpened(
  error: NodeJS.ErrnoException,
  { DATABASE_URL: databaseUrl, DATA_DIR: dataDir }: Place
): WrongSetting {
  const { message, code } = error
  const why = (message || code || error.name).trim().replace(/\s*\n\s*/g, ' ')
  const [, todo = ''] = advice.find(([says]) => says.test(`${code} ${message}`)) ?? []
  return new WrongSetting(
    `The database cannot be opened: ${why}.${todo} Check ${databaseUrl ? 'DATABASE_URL' : `DATA_DIR (${resolve(dataDir)})`}.`,
    { cause: error }
  )
}

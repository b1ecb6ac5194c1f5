import fp from 'fastify-plugin'
import { connect, type Db } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'

declare module 'fastify' {
  interface FastifyInstance {
    db: Db
    /** true with the embedded database. */
    embedded: boolean
  }
}

/** app.db: one pool for the process, migrated; closed after every route has drained. */
export default fp(async (app) => {
  const connection = await connect({
    databaseUrl: app.config.DATABASE_URL,
    dataDir: app.config.DATA_DIR,
    onError: (error) => app.log.error(error, 'database connection')
  })
  app.addHook('onClose', connection.close)
  const { applied } = await migrate(connection.db)
  app.log.info({ embedded: connection.embedded, migrations: applied.length }, 'database is ready')
  app.decorate('db', connection.db)
  app.decorate('embedded', connection.embedded)
}, { name: 'db', dependencies: ['config'] })

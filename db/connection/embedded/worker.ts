// The embedded database's own thread: PGlite behind a Unix socket that any PostgreSQL client can
// use.
import { chmodSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { citext } from '@electric-sql/pglite/contrib/citext'
import { fuzzystrmatch } from '@electric-sql/pglite/contrib/fuzzystrmatch'
import { pg_trgm as trigram } from '@electric-sql/pglite/contrib/pg_trgm'
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto'
import { unaccent } from '@electric-sql/pglite/contrib/unaccent'
import { vector } from '@electric-sql/pglite-pgvector'
import { SocketServer } from './socket-server.ts'

export interface WorkerData {
  directory: string
  socket: string
  /** Milliseconds since 1970 at which the running statements began, 0 while none run. */
  busySince: BigInt64Array<SharedArrayBuffer>
}

const { directory, socket, busySince } = workerData as WorkerData

// Extensions must be named at every open, or writes to their indexes fail.
const database = await PGlite.create({
  dataDir: directory,
  extensions: { citext, fuzzystrmatch, pg_trgm: trigram, pgcrypto, unaccent, vector },
  startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB']
})
const server = new SocketServer(database, busySince)
await server.listen(socket)
chmodSync(socket, 0o600)

parentPort?.on('message', async ({ drainMs }: { drainMs: number }) => {
  await server.close(drainMs)
  await database.close()
  process.exit(0) // ends this thread only
})
parentPort?.postMessage('ready')

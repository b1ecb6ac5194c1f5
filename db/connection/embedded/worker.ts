// The thread of the embedded database: PGlite behind a Unix socket for any PostgreSQL client.
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
  /** Start of the running statements in milliseconds since 1970; 0 while none run. */
  busySince: BigInt64Array<SharedArrayBuffer>
}

const { directory, socket, busySince } = workerData as WorkerData

// Name the extensions at every open; otherwise writes to their indexes fail.
const embeddedDatabase = await PGlite.create({
  dataDir: directory,
  extensions: { citext, fuzzystrmatch, pg_trgm: trigram, pgcrypto, unaccent, vector },
  startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB']
})
const socketServer = new SocketServer(embeddedDatabase, busySince)
await socketServer.listen(socket)
chmodSync(socket, 0o600)

parentPort?.on('message', async ({ drainMs }: { drainMs: number }) => {
  await socketServer.close(drainMs)
  await embeddedDatabase.close()
  process.exit(0) // ends this thread only
})
parentPort?.postMessage('ready')

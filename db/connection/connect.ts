import { setTimeout as sleep } from 'node:timers/promises'
import { dirname } from 'node:path'
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import { DataDirectoryInUseError, openEmbedded } from './embedded/index.ts'
import { CancellableClient, StoppableClient } from './cancel.ts'
import { LookupLane } from './lane.ts'
import { openLane, PreparingClient } from './prepared.ts'
import type { Database } from '../schema/index.ts'

/** A pool or a transaction on it; every query function takes one. */
export type Db = Kysely<Database>
export type Trx = Transaction<Database>

/** An open pool. `close` ends it, and the embedded database that it opened. */
export interface Connection {
  db: Db
  embedded: boolean
  /** true if another process holds the embedded database and this one uses its socket. */
  beside: boolean
  close: () => Promise<void>
}

export interface ConnectOptions {
  /** URL of PostgreSQL 15 or later. Without it the embedded database in `dataDir` is opened. */
  databaseUrl?: string | undefined
  dataDir: string
  /**
   * true: if another process has the data directory open, use its socket. On close, wait for the
   * processes that use this one's socket.
   */
  beside?: boolean
  /** Called when the embedded database or an idle connection fails. */
  onError?: (error: Error) => void
}

/** How long a query waits for a free connection of the pool, or for a new connection. */
const CONNECT_TIMEOUT_MS = 20_000
/**
 * How long a query waits for its answer before the connection counts as dead. It is a little longer
 * than PostgreSQL lets a statement run.
 */
const SILENCE_MS = 60_000
/** A look-up by a unique index answers at once. */
const LOOKUP_SILENCE_MS = 15_000
/** The embedded database runs one statement at a time, so a connection may have to wait longer. */
const EMBEDDED_TIMEOUT_MS = 50_000
/** How long a closing command lets other processes finish that use its socket. */
const DRAIN_MS = 30_000
/** How often to try again, every 200 ms, while another process holds the directory. */
const MAX_TRIES = 100

/** Opens one pool of connections. Throws DataDirectoryInUseError (embedded, without `beside`). */
export async function connect({
  databaseUrl,
  dataDir,
  beside = false,
  onError = () => {}
}: ConnectOptions): Promise<Connection> {
  if (databaseUrl) {
    const poolConfig = {
      connectionString: databaseUrl,
      statement_timeout: 55_000,
      idle_in_transaction_session_timeout: 60_000
    }
    const lookupLane = new LookupLane(
      { ...connectionDefaults, ...poolConfig, query_timeout: LOOKUP_SILENCE_MS },
      onError
    )
    const pooledConnection = openPool(
      { ...poolConfig, query_timeout: SILENCE_MS, max: 10, Client: PreparingClient },
      onError,
      { closed: () => lookupLane.close() }
    )
    openLane(pooledConnection.db, lookupLane)
    return pooledConnection
  }
  for (let failedTries = 0; ; failedTries++) {
    try {
      const embeddedDatabase = await openEmbedded(dataDir, onError)
      return openPool(
        { host: embeddedDatabase.host, max: 4, connectionTimeoutMillis: EMBEDDED_TIMEOUT_MS },
        onError,
        { embedded: true, closed: () => embeddedDatabase.close(beside ? DRAIN_MS : 0) }
      )
    } catch (error) {
      if (!beside || !(error instanceof DataDirectoryInUseError)) throw error
      const holderConnection =
        error.holder && (await throughSocket(dirname(error.holder.socket), onError))
      if (holderConnection) return holderConnection
      if (failedTries === MAX_TRIES) throw error
      await sleep(200) // the holder is starting or ending
    }
  }
}

function openPool(
  config: pg.PoolConfig,
  onError: (error: Error) => void,
  {
    embedded = false,
    closed = async () => {}
  }: { embedded?: boolean; closed?: () => Promise<void> }
): Connection {
  const connectionPool = new pg.Pool({ ...connectionDefaults, Client: StoppableClient, ...config })
  connectionPool.on('error', onError)
  // The pool handles errors of idle connections only. Without a listener, a failure of a connection
  // in use would end the process.
  connectionPool.on('connect', (client) =>
    client.on('error', (error) => {
      if (!(client instanceof CancellableClient && client.isStopped)) onError(error)
    })
  )
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: connectionPool }) })
  return {
    db,
    embedded,
    beside: false,
    close: async () => {
      await db.destroy()
      await closed()
    }
  }
}

/**
 * Connects to another process's socket; undefined if it does not answer. The connection stays open,
 * because the other process waits for it before it ends.
 */
async function throughSocket(
  host: string,
  onError: (error: Error) => void
): Promise<Connection | undefined> {
  const socketConnection = openPool({ host, max: 2, idleTimeoutMillis: 0 }, onError, {
    embedded: true
  })
  try {
    await sql`select 1`.execute(socketConnection.db)
    return { ...socketConnection, beside: true }
  } catch {
    await socketConnection.close()
  }
}

/** Parses bigints, such as count(*), as numbers: none of ours exceeds 2^53. */
const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser
}

const connectionDefaults = {
  user: 'postgres',
  database: 'postgres',
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  types: typeParsers
}

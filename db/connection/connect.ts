import { setTimeout as sleep } from 'node:timers/promises'
import { dirname } from 'node:path'
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import { DataDirectoryInUse, openEmbedded } from './embedded/index.ts'
import { StoppableClient } from './cancel.ts'
import { Lane } from './lane.ts'
import { openLane, PreparingClient } from './prepared.ts'
import type { Database } from '../schema/index.ts'

/** A pool, or a transaction on it: what every query takes. */
export type Db = Kysely<Database>
export type Trx = Transaction<Database>

export interface Connection {
  db: Db
  embedded: boolean
  /**
   * true when another process holds the embedded database and this one works through its socket.
   */
  beside: boolean
  close: () => Promise<void>
}

export interface ConnectOptions {
  /** PostgreSQL 15 or later; without it the embedded database in `dataDir` is opened. */
  databaseUrl?: string | undefined
  dataDir: string
  /**
   * true: when another process of ours has the data directory open, work through its socket; and at
   * the end let others finish who work through ours.
   */
  beside?: boolean
  /** Called when the embedded database dies, or an idle connection does. */
  onError?: (error: Error) => void
}

/**
 * How long a query waits for one of the pool's connections, which may all be busy, or for the
 * database to take a new one.
 */
const CONNECT_TIMEOUT_MS = 20_000
/**
 * How long an answer is waited for before the connection is taken for dead: a little more than
 * PostgreSQL itself lets a statement run.
 */
const SILENCE_MS = 60_000
/** A look-up by a unique index is answered at once. */
const LOOKUP_SILENCE_MS = 15_000
/** The embedded database answers at once or not at all, but one after the other. */
const EMBEDDED_TIMEOUT_MS = 50_000
/** How long a command lets others finish who work through its socket. */
const DRAIN_MS = 30_000
/** How often another process that holds the directory is asked, every 200 ms. */
const MAX_TRIES = 100

/** Opens one pool of connections. Throws DataDirectoryInUse (embedded, `beside` not set). */
export async function connect({
  databaseUrl,
  dataDir,
  beside = false,
  onError = () => {}
}: ConnectOptions): Promise<Connection> {
  if (databaseUrl) {
    const config = {
      connectionString: databaseUrl,
      statement_timeout: 55_000,
      idle_in_transaction_session_timeout: 60_000
    }
    const lane = new Lane({ ...defaults, ...config, query_timeout: LOOKUP_SILENCE_MS }, onError)
    const connection = pooled(
      { ...config, query_timeout: SILENCE_MS, max: 10, Client: PreparingClient },
      onError,
      { closed: () => lane.close() }
    )
    openLane(connection.db, lane)
    return connection
  }
  for (let tries = 0; ; tries++) {
    try {
      const embedded = await openEmbedded(dataDir, onError)
      return pooled(
        { host: embedded.host, max: 4, connectionTimeoutMillis: EMBEDDED_TIMEOUT_MS },
        onError,
        { embedded: true, closed: () => embedded.close(beside ? DRAIN_MS : 0) }
      )
    } catch (error) {
      if (!beside || !(error instanceof DataDirectoryInUse)) throw error
      const connection =
        error.holder && (await throughSocket(dirname(error.holder.socket), onError))
      if (connection) return connection
      if (tries === MAX_TRIES) throw error
      await sleep(200) // the holder is just starting, or just ending
    }
  }
}

function pooled(
  config: pg.PoolConfig,
  onError: (error: Error) => void,
  {
    embedded = false,
    closed = async () => {}
  }: { embedded?: boolean; closed?: () => Promise<void> }
): Connection {
  const pool = new pg.Pool({ ...defaults, Client: StoppableClient, ...config })
  pool.on('error', onError)
  // The pool listens to idle connections only; one that dies in use would end the process.
  pool.on('connect', (client) => client.on('error', onError))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
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
 * Works through another process's socket; undefined when nobody answers there. It keeps its
 * connection: the other process waits for it.
 */
async function throughSocket(
  host: string,
  onError: (error: Error) => void
): Promise<Connection | undefined> {
  const connection = pooled({ host, max: 2, idleTimeoutMillis: 0 }, onError, { embedded: true })
  try {
    await sql`select 1`.execute(connection.db)
    return { ...connection, beside: true }
  } catch {
    await connection.close()
  }
}

/** count(*) and other bigints come as numbers; none of ours passes 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser
}

const defaults = {
  user: 'postgres',
  database: 'postgres',
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  types
}

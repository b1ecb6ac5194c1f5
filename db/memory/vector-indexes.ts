import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { LIMITED, UNLIMITED } from '../connection/prepared.ts'

/**
 * Owners with as many pieces get an index of their own, and keep it while they have half of that.
 */
export const MIN_INDEXED_PIECES = 20_000
/** Dimensions that an index of pgvector's can hold. */
const MAX_VECTOR = 2000
const MAX_HALFVEC = 4000

/** Whether the database has pgvector, where this role finds it. */
export async function hasPgvector(db: Db): Promise<boolean> {
  const {
    rows: [row]
  } = await sql<{ there: boolean }>`select to_regtype('vector') is not null as there`.execute(db)
  return row!.there
}

/** The same, after it was installed where the server has it and this role may. */
export async function installPgvector(db: Db): Promise<boolean> {
  if (await hasPgvector(db)) return true
  const { rows } = await sql`select from pg_available_extensions where name = 'vector'`.execute(db)
  if (rows.length === 0) return false
  await sql`create extension if not exists vector`.execute(db).catch(() => {}) // this role may not, or another process does so at this instant
  return hasPgvector(db)
}

interface Model {
  model_no: number
  dimensions: number
}

/** The type as which the user's vectors stand in an index; undefined when there is none. */
export async function findVectorIndex(
  db: Db,
  userId: string,
  model: Model
): Promise<string | undefined> {
  const type = typeOf(model)
  if (type === undefined) return undefined
  const {
    rows: [row]
  } = await sql<{ ready: boolean }>`
    select coalesce((select indisvalid from pg_index where indexrelid = to_regclass(${nameOf(userId, model)})), false) as ready`.execute(
    db
  )
  return row!.ready ? type : undefined
}

/**
 * Gives each owner of many vectors an HNSW index of their own, so that nobody's vectors lie in the
 * way of somebody else's, and drops those that are no longer needed. Takes minutes; others can
 * write meanwhile. Throws on an abort, which may leave an index that is not valid; the next call
 * drops it.
 */
export async function updateVectorIndexes(
  db: Db,
  model: Model,
  { from = MIN_INDEXED_PIECES, signal }: { from?: number; signal?: AbortSignal } = {}
): Promise<void> {
  const type = typeOf(model)
  const name = type?.replace(/\(.*/, '') ?? ''
  const {
    rows: [able]
  } = await sql<{
    able: boolean
  }>`select exists (select from pg_am where amname = 'hnsw') and to_regtype(${name}) is not null as able`.execute(
    db
  )
  const owners =
    type === undefined || !able!.able
      ? []
      : await db
          .selectFrom('memory_vectors')
          .where('model_no', '=', model.model_no)
          .groupBy('user_id')
          .having(sql<number>`count(*)`, '>=', Math.ceil(from / 2))
          .select(['user_id', sql<number>`count(*)`.as('pieces')])
          .execute()
  const { rows } = await sql<{ name: string; valid: boolean }>`
    select relname as name, indisvalid as valid from pg_index join pg_class on pg_class.oid = indexrelid
    where indrelid = 'memory_vectors'::regclass and starts_with(relname, ${PREFIX})`.execute(db)
  const kept = new Set(owners.map(({ user_id: userId }) => nameOf(userId, model)))
  const there = new Set(
    rows.filter(({ name: own, valid }) => valid && kept.has(own)).map(({ name: own }) => own)
  )
  await db.connection().execute(async (connection) => {
    const {
      rows: [session]
    } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(connection)
    const cancel = () => {
      sql`select pg_cancel_backend(${session!.pid})`.execute(db).catch(() => {})
    }
    signal?.addEventListener('abort', cancel)
    const run = async (statement: RawBuilder<unknown>) => {
      signal?.throwIfAborted() // an abort between two statements cancels neither
      await statement.execute(connection)
    }
    await sql.raw(UNLIMITED).execute(connection)
    try {
      for (const { name: own } of rows) {
        if (!there.has(own)) await run(sql`drop index concurrently if exists ${sql.ref(own)}`)
      }
      for (const { user_id: userId, pieces } of owners) {
        const own = nameOf(userId, model)
        if (pieces < from || there.has(own)) continue
        await run(sql`create index concurrently if not exists ${sql.ref(own)} on memory_vectors using hnsw ((vector::${sql.raw(type!)}) ${sql.raw(name)}_cosine_ops)
          where user_id = ${sql.lit(userId)} and model_no = ${sql.lit(model.model_no)}`)
      }
    } finally {
      signal?.removeEventListener('abort', cancel)
      await sql.raw(LIMITED).execute(connection)
    }
  })
}

const PREFIX = 'memory_vectors_of_'

function nameOf(userId: string, { model_no: modelNo }: Model): string {
  return `${PREFIX}${createHash('sha256').update(userId).digest('hex').slice(0, 24)}_${modelNo}`
}

function typeOf({ dimensions }: Model): string | undefined {
  return dimensions <= MAX_VECTOR
    ? `vector(${dimensions})`
    : dimensions <= MAX_HALFVEC
      ? `halfvec(${dimensions})`
      : undefined
}

import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** Owners with as many pieces get an index of their own, and keep it while they have half of that. */
export const OWN_INDEX_FROM = 20_000
/** Dimensions that an index of pgvector's can hold. */
const MOST_VECTOR = 2000
const MOST_HALFVEC = 4000

/** Whether the database has pgvector. Installs it where the server has it and this role may. */
export async function findPgvector (db: Db): Promise<boolean> {
  const { rows: [there] } = await sql<{ installed: boolean, available: boolean }>`
    select exists (select from pg_extension where extname = 'vector') as installed, exists (select from pg_available_extensions where name = 'vector') as available`.execute(db)
  if (there!.installed || !there!.available) return there!.installed
  try {
    await sql`create extension if not exists vector`.execute(db)
    return true
  } catch {
    return false // this role may not
  }
}

interface Model { model_no: number, dimensions: number }

/** The type as which the user's vectors stand in an index; undefined when there is none. */
export async function findVectorIndex (db: Db, userId: string, model: Model): Promise<string | undefined> {
  const type = typeOf(model)
  if (type === undefined) return undefined
  const { rows: [row] } = await sql<{ ready: boolean }>`
    select coalesce((select indisvalid from pg_index where indexrelid = to_regclass(${nameOf(userId, model)})), false) as ready`.execute(db)
  return row!.ready ? type : undefined
}

/**
 * Gives each owner of many vectors an HNSW index of their own, so that nobody's vectors lie in the way of somebody else's, and drops those that are no longer
 * needed. Takes minutes; others can write meanwhile. An abort leaves an index that is not valid, which the next call drops.
 */
export async function updateVectorIndexes (db: Db, model: Model, { from = OWN_INDEX_FROM, signal }: { from?: number, signal?: AbortSignal } = {}): Promise<void> {
  const type = typeOf(model)
  const owners = type === undefined
    ? []
    : await db.selectFrom('memory_vectors').where('model_no', '=', model.model_no).groupBy('user_id').having(sql<number>`count(*)`, '>=', from / 2)
      .select(['user_id', sql<number>`count(*)`.as('pieces')]).execute()
  const { rows } = await sql<{ name: string, valid: boolean }>`
    select relname as name, indisvalid as valid from pg_index join pg_class on pg_class.oid = indexrelid
    where indrelid = 'memory_vectors'::regclass and starts_with(relname, ${PREFIX})`.execute(db)
  const kept = new Set(owners.map(({ user_id: userId }) => nameOf(userId, model)))
  const there = new Set(rows.filter(({ name, valid }) => valid && kept.has(name)).map(({ name }) => name))
  await db.connection().execute(async (connection) => {
    const { rows: [session] } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(connection)
    const cancel = () => { sql`select pg_cancel_backend(${session!.pid})`.execute(db).catch(() => {}) }
    signal?.addEventListener('abort', cancel)
    await sql`set statement_timeout = 0`.execute(connection)
    try {
      for (const { name } of rows) if (!there.has(name)) await sql`drop index concurrently if exists ${sql.ref(name)}`.execute(connection)
      for (const { user_id: userId, pieces } of owners) {
        const name = nameOf(userId, model)
        if (pieces < from || there.has(name)) continue
        await sql`create index concurrently if not exists ${sql.ref(name)} on memory_vectors using hnsw ((vector::${sql.raw(type!)}) ${sql.raw(type!.replace(/\(.*/, ''))}_cosine_ops)
          where user_id = ${sql.lit(userId)} and model_no = ${sql.lit(model.model_no)}`.execute(connection)
      }
    } finally {
      signal?.removeEventListener('abort', cancel)
      await sql`reset statement_timeout`.execute(connection)
    }
  })
}

const PREFIX = 'memory_vectors_of_'

function nameOf (userId: string, { model_no: modelNo }: Model): string {
  return `${PREFIX}${createHash('sha256').update(userId).digest('hex').slice(0, 24)}_${modelNo}`
}

function typeOf ({ dimensions }: Model): string | undefined {
  return dimensions <= MOST_VECTOR ? `vector(${dimensions})` : dimensions <= MOST_HALFVEC ? `halfvec(${dimensions})` : undefined
}

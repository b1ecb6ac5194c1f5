import { createHash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { RESET_STATEMENT_LIMIT, LIFT_STATEMENT_LIMIT } from '../connection/prepared.ts'

/** Owners with this many pieces get their own index. They lose it with less than half of that. */
const MIN_INDEXED_PIECES = 20_000
/** Dimensions that an index of pgvector can hold. */
const MAX_VECTOR_DIMENSIONS = 2000
const MAX_HALFVEC_DIMENSIONS = 4000
const INDEX_PREFIX = 'memory_vectors_of_'

/** Whether the database has pgvector on this role's search path. */
export async function hasPgvector(db: Db): Promise<boolean> {
  const { rows } = await sql<{ installed: boolean }>`
    select to_regtype('vector') is not null as installed`.execute(db)
  return rows[0]!.installed
}

/** Installs pgvector if the server has it and this role may. Returns whether it is there now. */
export async function installPgvector(db: Db): Promise<boolean> {
  if (await hasPgvector(db)) return true
  const { rows } = await sql`select from pg_available_extensions where name = 'vector'`.execute(db)
  if (rows.length === 0) return false
  // Fails if the role may not, or if another process does the same at this moment.
  await sql`create extension if not exists vector`.execute(db).catch(() => {})
  return hasPgvector(db)
}

interface VectorModel {
  model_no: number
  dimensions: number
}

/** Returns the type of the vectors in the user's index, or undefined if there is no valid index. */
export async function findVectorIndex(
  db: Db,
  userId: string,
  model: VectorModel
): Promise<string | undefined> {
  const vectorType = indexedType(model)
  if (vectorType === undefined) return undefined
  const { rows } = await sql<{ ready: boolean }>`
    select coalesce((select indisvalid from pg_index
      where indexrelid = to_regclass(${indexName(userId, model)})), false) as ready`.execute(db)
  return rows[0]!.ready ? vectorType : undefined
}

/**
 * Creates an HNSW index for each owner of many vectors, and drops the indexes that are not needed
 * any more. An index for each owner keeps a search from wading through the vectors of others. It
 * takes minutes without blocking writers. Throws on an abort, which may leave an invalid index; the
 * next call drops it.
 */
export async function updateVectorIndexes(
  db: Db,
  model: VectorModel,
  { from = MIN_INDEXED_PIECES, signal }: { from?: number; signal?: AbortSignal } = {}
): Promise<void> {
  const owners = (await canIndex(db, model)) ? await listLargeOwners(db, model, from) : []
  const storedIndexes = await listStoredIndexes(db)
  const neededNames = new Set(owners.map((owner) => indexName(owner.user_id, model)))
  const isKept = (index: StoredIndex) => index.valid && neededNames.has(index.name)
  const keptNames = new Set(storedIndexes.filter(isKept).map(({ name }) => name))
  const statements = [
    ...storedIndexes
      .filter(({ name }) => !keptNames.has(name))
      .map(({ name }) => sql`drop index concurrently if exists ${sql.ref(name)}`),
    ...owners
      .filter(({ pieces, user_id: id }) => pieces >= from && !keptNames.has(indexName(id, model)))
      .map((owner) => indexStatement(owner.user_id, model))
  ]
  await runWithoutLimit(db, statements, signal)
}

/** Whether this version of pgvector can index the model's vectors. */
async function canIndex(db: Db, model: VectorModel): Promise<boolean> {
  const vectorType = indexedType(model)
  const { rows } = await sql<{ able: boolean }>`
    select exists (select from pg_am where amname = 'hnsw')
      and to_regtype(${vectorType === undefined ? '' : typeName(vectorType)}) is not null
      as able`.execute(db)
  return vectorType !== undefined && rows[0]!.able
}

/** Lists the owners of enough pieces to keep an index, or to get one. */
function listLargeOwners(db: Db, model: VectorModel, minPieces: number) {
  return db
    .selectFrom('memory_vectors')
    .where('model_no', '=', model.model_no)
    .groupBy('user_id')
    .having(sql<number>`count(*)`, '>=', Math.ceil(minPieces / 2))
    .select(['user_id', sql<number>`count(*)`.as('pieces')])
    .execute()
}

interface StoredIndex {
  name: string
  valid: boolean
}

async function listStoredIndexes(db: Db): Promise<StoredIndex[]> {
  const { rows } = await sql<StoredIndex>`
    select relname as name, indisvalid as valid
    from pg_index join pg_class on pg_class.oid = indexrelid
    where indrelid = 'memory_vectors'::regclass
      and starts_with(relname, ${INDEX_PREFIX})`.execute(db)
  return rows
}

function indexStatement(userId: string, model: VectorModel): RawBuilder<unknown> {
  const vectorType = indexedType(model)!
  return sql`create index concurrently if not exists ${sql.ref(indexName(userId, model))}
    on memory_vectors using hnsw
      ((vector::${sql.raw(vectorType)}) ${sql.raw(typeName(vectorType))}_cosine_ops)
    where user_id = ${sql.lit(userId)} and model_no = ${sql.lit(model.model_no)}`
}

/** Runs the statements on one connection without a time limit. An abort cancels the running one. */
async function runWithoutLimit(
  db: Db,
  statements: Array<RawBuilder<unknown>>,
  signal?: AbortSignal
): Promise<void> {
  await db.connection().execute(async (connection) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(connection)
    const cancelStatement = () => {
      sql`select pg_cancel_backend(${rows[0]!.pid})`.execute(db).catch(() => {})
    }
    signal?.addEventListener('abort', cancelStatement)
    await sql.raw(LIFT_STATEMENT_LIMIT).execute(connection)
    try {
      for (const statement of statements) {
        signal?.throwIfAborted() // an abort between two statements cancels neither
        await statement.execute(connection)
      }
    } finally {
      signal?.removeEventListener('abort', cancelStatement)
      await sql.raw(RESET_STATEMENT_LIMIT).execute(connection)
    }
  })
}

function indexName(userId: string, model: VectorModel): string {
  const userHash = createHash('sha256').update(userId).digest('hex').slice(0, 24)
  return `${INDEX_PREFIX}${userHash}_${model.model_no}`
}

/** The type with its dimensions under which the vectors can be indexed, or undefined. */
function indexedType({ dimensions }: VectorModel): string | undefined {
  if (dimensions <= MAX_VECTOR_DIMENSIONS) return `vector(${dimensions})`
  if (dimensions <= MAX_HALFVEC_DIMENSIONS) return `halfvec(${dimensions})`
  return undefined
}

/** `vector(3)` without its dimensions. */
function typeName(vectorType: string): string {
  return vectorType.replace(/\(.*/, '')
}

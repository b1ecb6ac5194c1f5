import { type Expression, type ExpressionBuilder, sql, type SqlBool } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'
import type { Database } from '../schema/index.ts'

/**
 * Pieces whose vectors are compared, chosen by the signs of these: with no more than this the
 * search is exact. Without pgvector a comparison costs ten times as much.
 */
const CANDIDATES = { plain: 400, pgvector: 2000 }
/** Pieces that an index of pgvector's gives. */
const FROM_INDEX = 300

export interface VectorPiece {
  start: number
  vector: number[]
}
/** A memory as it was when its vectors were made. */
export interface EmbeddedMemory {
  user_id: string
  memory_no: number
  version: number
}

/**
 * Puts the vectors in place of the memory's former ones, unless it was written or deleted
 * meanwhile: then somebody has queued it anew.
 */
export async function replaceVectors(
  trx: Trx,
  embedded: EmbeddedMemory,
  modelNo: number,
  digest: string,
  pieces: readonly VectorPiece[]
): Promise<void> {
  const { user_id: userId, memory_no: no, version } = embedded
  if (!(await isPresent(trx, embedded))) return
  await trx
    .deleteFrom('memory_vectors')
    .where('user_id', '=', userId)
    .where('model_no', '=', modelNo)
    .where('memory_no', '=', no)
    .execute()
  await trx
    .insertInto('memory_vectors')
    .values(
      pieces.map(({ start, vector }, piece) => ({
        user_id: userId,
        model_no: modelNo,
        memory_no: no,
        piece,
        start,
        version,
        digest,
        signs: signsOf(vector),
        vector
      }))
    )
    .execute()
  await trx
    .deleteFrom('embedding_queue')
    .where('user_id', '=', userId)
    .where('memory_no', '=', no)
    .execute()
}

/** The memory was written, but what was embedded of it is the same, as after a rating. */
export async function keepVectors(
  trx: Trx,
  embedded: EmbeddedMemory,
  digest: string
): Promise<void> {
  const { user_id: userId, memory_no: no, version } = embedded
  if (!(await isPresent(trx, embedded))) return
  await trx
    .updateTable('memory_vectors')
    .set({ version })
    .where('user_id', '=', userId)
    .where('memory_no', '=', no)
    .where('digest', '=', digest)
    .execute()
  await trx
    .deleteFrom('embedding_queue')
    .where('user_id', '=', userId)
    .where('memory_no', '=', no)
    .execute()
}

/**
 * Whether the memory still has that version; it keeps it until the transaction ends. A writer too
 * locks the memory first and its place in the queue then.
 */
async function isPresent(
  trx: Trx,
  { user_id: userId, memory_no: no, version }: EmbeddedMemory
): Promise<boolean> {
  const memory = await trx
    .selectFrom('memories')
    .select('version')
    .where('user_id', '=', userId)
    .where('memory_no', '=', no)
    .forShare()
    .executeTakeFirst()
  return memory?.version === version
}

/** Whether the user has any vectors of the model. */
export async function hasMemoryVectors(db: Db, userId: string, modelNo: number): Promise<boolean> {
  return (
    (await db
      .selectFrom('memory_vectors')
      .select('piece')
      .where('user_id', '=', userId)
      .where('model_no', '=', modelNo)
      .limit(1)
      .executeTakeFirst()) !== undefined
  )
}

export interface NearestSearch {
  model_no: number
  /** Of unit length, and of the model's dimension. */
  vector: readonly number[]
  /**
   * Whether the database has pgvector, and what its index of this user's vectors holds them as, if
   * there is one.
   */
  pgvector: boolean
  index?: string | undefined
  /** Which memories count; without it all that have not expired. */
  condition?: ((row: ExpressionBuilder<Database, 'memories'>) => Expression<SqlBool>) | undefined
  limit: number
}
export interface NearestMemory {
  memory_no: number
  similarity: number
  start: number
}

/**
 * The user's memories nearest to a vector, by the cosine of the nearest piece of what they say now,
 * best first; `start` is that of the piece.
 */
export async function listNearestMemories(
  db: Db,
  userId: string,
  search: NearestSearch
): Promise<NearestMemory[]> {
  if (search.index === undefined || search.condition) return nearestAmong(db, userId, search)
  return db.transaction().execute(async (trx) => {
    await sql`select set_config('hnsw.ef_search', ${String(FROM_INDEX)}, true)`.execute(trx)
    return nearestAmong(trx, userId, search)
  })
}

function nearestAmong(db: Db, userId: string, search: NearestSearch): Promise<NearestMemory[]> {
  const text = `[${search.vector.join(',')}]`
  const similarity = search.pgvector
    ? sql<number>`1 - (own.vector::vector <=> ${text}::vector)`
    : sql<number>`(select sum(a::float8 * b)
        from unnest(own.vector, ${[...search.vector]}::float8[]) as pair(a, b))`
  return db
    .with(
      (cte) => cte('candidates').materialized(),
      () => candidates(db, userId, search, text)
    )
    .with('nearest', (query) =>
      query
        .selectFrom('candidates')
        .innerJoinLateral(
          (from) =>
            from
              .selectFrom('memory_vectors as own') // the primary key
              .where('own.user_id', '=', userId)
              .where('own.model_no', '=', search.model_no)
              .whereRef('own.memory_no', '=', 'candidates.memory_no')
              .whereRef('own.piece', '=', 'candidates.piece')
              .select(['own.version', 'own.start', 'own.vector'])
              .limit(1)
              .as('own'),
          (join) => join.onTrue()
        )
        .innerJoinLateral(
          (from) =>
            from
              .selectFrom('memories')
              .where('user_id', '=', userId)
              .whereRef('memories.memory_no', '=', 'candidates.memory_no') // index memories_no
              .select(['memories.version', 'memories.expires_at'])
              .limit(1)
              .as('memory'),
          (join) => join.onTrue()
        )
        .whereRef('memory.version', '=', 'own.version')
        .where(sql<boolean>`(memory.expires_at is null or memory.expires_at > now())`)
        .select([
          'candidates.memory_no',
          'own.start',
          sql<number>`round((${similarity})::numeric, 6)::float8`.as('similarity')
        ])
    )
    .selectFrom((from) =>
      from
        .selectFrom('nearest')
        .distinctOn('memory_no')
        .selectAll()
        .orderBy('memory_no')
        .orderBy('similarity', 'desc')
        .orderBy('start')
        .as('best')
    )
    .selectAll()
    .orderBy('similarity', 'desc')
    .orderBy('memory_no', 'desc')
    .limit(search.limit)
    .execute()
}

/**
 * Pieces that may be nearest: by the index of pgvector, or by the signs of all that are searched.
 */
function candidates(
  db: Db,
  userId: string,
  { model_no: modelNo, ...search }: NearestSearch,
  text: string
) {
  const vectors = db
    .selectFrom('memory_vectors')
    .select(['memory_no', 'piece'])
    .where('user_id', '=', userId)
    .where('model_no', '=', modelNo)
  if (search.index !== undefined && !search.condition) {
    const index = sql.raw(search.index)
    return vectors
      .orderBy(sql`memory_vectors.vector::${index} <=> ${text}::${index}`)
      .limit(FROM_INDEX)
  }
  const { condition } = search
  return vectors
    .$if(condition !== undefined, (all) =>
      all.where(
        isAmong(
          'memory_no',
          sql`${db
            .selectFrom('memories')
            .select('memory_no')
            .where('user_id', '=', userId)
            .where(condition!)}`
        )
      )
    )
    .orderBy(sql`bit_count(memory_vectors.signs # ${signsOf(search.vector)}::bit varying)`)
    .orderBy('memory_no', 'desc')
    .orderBy('piece')
    .limit(search.pgvector ? CANDIDATES.pgvector : CANDIDATES.plain)
}

function signsOf(vector: readonly number[]): string {
  return vector.map((value) => (value > 0 ? '1' : '0')).join('')
}

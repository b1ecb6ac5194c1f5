import { type RawBuilder, sql } from 'kysely'
import { isLive } from './conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'
import { boundNamespaces } from '../connection/namespaces/index.ts'
import type { MemoryCondition } from './filter.ts'

/**
 * Pieces whose vectors are compared; their signs select them. The search is exact up to this many
 * pieces. Without pgvector a comparison costs ten times as much.
 */
const MAX_CANDIDATES = 400
const MAX_CANDIDATES_PGVECTOR = 2000
/** Pieces that an index of pgvector returns. */
const MAX_INDEX_HITS = 300

export interface VectorPiece {
  /** Where the piece starts in the text, in characters. */
  start: number
  vector: number[]
}
/** The version of a memory from which its vectors were made. */
export interface EmbeddedMemory {
  user_id: string
  memory_no: number
  version: number
}

/**
 * Replaces the memory's vectors and takes the memory off the queue. Does nothing if the memory was
 * written or deleted meanwhile: the write has queued it again.
 */
export async function replaceVectors(
  trx: Trx,
  memory: EmbeddedMemory,
  modelNo: number,
  digest: string,
  pieces: readonly VectorPiece[]
): Promise<void> {
  if (!(await lockVersion(trx, memory))) return
  await trx
    .deleteFrom('memory_vectors')
    .where('user_id', '=', memory.user_id)
    .where('model_no', '=', modelNo)
    .where('memory_no', '=', memory.memory_no)
    .execute()
  await trx
    .insertInto('memory_vectors')
    .values(
      pieces.map(({ start, vector }, piece) => ({
        user_id: memory.user_id,
        model_no: modelNo,
        memory_no: memory.memory_no,
        piece,
        start,
        version: memory.version,
        digest,
        signs: vectorSigns(vector),
        vector
      }))
    )
    .execute()
  await deleteFromQueue(trx, memory)
}

/**
 * Marks the vectors with this digest as those of the memory's new version, and takes the memory off
 * the queue. For writes that leave the embedded text as it is, such as a rating.
 */
export async function keepVectors(trx: Trx, memory: EmbeddedMemory, digest: string): Promise<void> {
  if (!(await lockVersion(trx, memory))) return
  await trx
    .updateTable('memory_vectors')
    .set({ version: memory.version })
    .where('user_id', '=', memory.user_id)
    .where('memory_no', '=', memory.memory_no)
    .where('digest', '=', digest)
    .execute()
  await deleteFromQueue(trx, memory)
}

async function deleteFromQueue(trx: Trx, memory: EmbeddedMemory): Promise<void> {
  await trx
    .deleteFrom('embedding_queue')
    .where('user_id', '=', memory.user_id)
    .where('memory_no', '=', memory.memory_no)
    .execute()
}

/**
 * Returns whether the memory still has this version, and locks it until the transaction ends.
 * Writers lock in the same order: the memory first, then its place in the queue.
 */
async function lockVersion(trx: Trx, embeddedMemory: EmbeddedMemory): Promise<boolean> {
  const memory = await trx
    .selectFrom('memories')
    .select('version')
    .where('user_id', '=', embeddedMemory.user_id)
    .where('memory_no', '=', embeddedMemory.memory_no)
    .forShare()
    .executeTakeFirst()
  return memory?.version === embeddedMemory.version
}

/** Whether the user has any vectors of the model. */
export async function hasMemoryVectors(db: Db, userId: string, modelNo: number): Promise<boolean> {
  const anyVector = await db
    .selectFrom('memory_vectors')
    .select('piece')
    .where('user_id', '=', userId)
    .where('model_no', '=', modelNo)
    .limit(1)
    .executeTakeFirst()
  return anyVector !== undefined
}

export interface NearestSearch {
  model_no: number
  /** A vector of unit length with the model's dimensions. */
  vector: readonly number[]
  /** Whether the database has pgvector. */
  pgvector: boolean
  /** The type of the vectors in the user's index of pgvector, if there is one. */
  index?: string | undefined
  /** Which memories count. The default is all live ones. */
  condition?: MemoryCondition | undefined
  limit: number
}
export interface NearestMemory {
  memory_no: number
  similarity: number
  start: number
}

/**
 * Lists the user's memories nearest to a vector, best first. The similarity is the cosine of the
 * nearest piece of the memory's present version; `start` is where that piece starts.
 */
export async function listNearestMemories(
  db: Db,
  userId: string,
  search: NearestSearch
): Promise<NearestMemory[]> {
  if (!usesIndex(db, search)) return listNearestCandidates(db, userId, search)
  return db.transaction().execute(async (trx) => {
    await sql`select set_config('hnsw.ef_search', ${String(MAX_INDEX_HITS)}, true)`.execute(trx)
    return listNearestCandidates(trx, userId, search)
  })
}

/** An index cannot apply a condition: it returns its hits before the condition is checked. */
function usesIndex(db: Db, search: NearestSearch): boolean {
  return search.index !== undefined && search.condition === undefined && !boundNamespaces(db)
}

function listNearestCandidates(
  db: Db,
  userId: string,
  search: NearestSearch
): Promise<NearestMemory[]> {
  return db
    .with('nearest', () => comparedPieces(db, userId, search))
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

/** The candidates of live memories in their present version, with their similarity. */
function comparedPieces(db: Db, userId: string, search: NearestSearch) {
  return db
    .with(
      (cte) => cte('candidates').materialized(),
      () => candidatePieces(db, userId, search)
    )
    .selectFrom('candidates')
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('memory_vectors') // the primary key
          .where('memory_vectors.user_id', '=', userId)
          .where('memory_vectors.model_no', '=', search.model_no)
          .whereRef('memory_vectors.memory_no', '=', 'candidates.memory_no')
          .whereRef('memory_vectors.piece', '=', 'candidates.piece')
          .select(['memory_vectors.version', 'memory_vectors.start', 'memory_vectors.vector'])
          .limit(1)
          .as('piece'),
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
    .whereRef('memory.version', '=', 'piece.version')
    .where(isLive('memory'))
    .select([
      'candidates.memory_no',
      'piece.start',
      sql<number>`round((${similarityTo(search)})::numeric, 6)::float8`.as('similarity')
    ])
}

/** The cosine between the vector of `piece` and the searched one: both have unit length. */
function similarityTo({ pgvector, vector }: NearestSearch): RawBuilder<number> {
  return pgvector
    ? sql<number>`1 - (piece.vector::vector <=> ${vectorText(vector)}::vector)`
    : sql<number>`(select sum(a::float8 * b)
        from unnest(piece.vector, ${[...vector]}::float8[]) as pair(a, b))`
}

/**
 * The pieces that may be nearest. They come from the index of pgvector, or are those of the
 * searched memories with the most equal signs.
 */
function candidatePieces(db: Db, userId: string, search: NearestSearch) {
  const pieces = db
    .selectFrom('memory_vectors')
    .select(['memory_no', 'piece'])
    .where('user_id', '=', userId)
    .where('model_no', '=', search.model_no)
  if (usesIndex(db, search)) {
    const vectorType = sql.raw(search.index!)
    return pieces
      .orderBy(
        sql`memory_vectors.vector::${vectorType} <=> ${vectorText(search.vector)}::${vectorType}`
      )
      .limit(MAX_INDEX_HITS)
  }
  const { condition } = search
  return pieces
    .$if(condition !== undefined, (query) =>
      query.where(
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
    .orderBy(sql`bit_count(memory_vectors.signs # ${vectorSigns(search.vector)}::bit varying)`)
    .orderBy('memory_no', 'desc')
    .orderBy('piece')
    .limit(search.pgvector ? MAX_CANDIDATES_PGVECTOR : MAX_CANDIDATES)
}

function vectorText(vector: readonly number[]): string {
  return `[${vector.join(',')}]`
}

/** One bit for each dimension: 1 for a positive number. */
function vectorSigns(vector: readonly number[]): string {
  return vector.map((value) => (value > 0 ? '1' : '0')).join('')
}

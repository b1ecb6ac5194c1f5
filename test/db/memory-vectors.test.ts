// databases: both
import { CompiledQuery, createQueryId, type RootOperationNode, sql } from 'kysely'
import t from 'tap'
import { registerEmbeddingModel } from '../../db/memory/embedding-models.ts'
import { toCondition } from '../../db/memory/filter.ts'
import { listNearestMemories, replaceVectors } from '../../db/memory/vectors.ts'
import {
  installPgvector,
  findVectorIndex,
  updateVectorIndexes
} from '../../db/memory/vector-indexes.ts'
import { onPostgres, openDatabase } from '../support/helper.ts'
import { people } from '../tools/caller.ts'

const DIMENSIONS = 48
const {
  db,
  callers: [ada, bob]
} = await people('ada', 'bob')
const model = await registerEmbeddingModel(db, 'random', '', DIMENSIONS)
const pgvector = await installPgvector(db)

let seed = 1 // each run gets the same numbers
const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5
function randomVector(): number[] {
  const vector = Array.from({ length: DIMENSIONS }, random)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** Stores a memory without terms for each vector. Returns the numbers of the memories. */
async function fill(userId: string, vectors: number[][]): Promise<number[]> {
  const numbers: number[] = []
  for (let at = 0; at < vectors.length; at += 500) {
    const rows = vectors.slice(at, at + 500).map((_, i) => ({
      user_id: userId,
      agent_name: i % 10 === 0 ? 'tenth' : 'global',
      key: `${userId} ${at + i}`,
      value: 'v',
      tags: '[]',
      metadata: '{}',
      source: '{"kind":"api_key","name":"t"}'
    }))
    const stored = await db
      .insertInto('memories')
      .values(rows)
      .returning(['memory_no', 'key'])
      .execute()
    stored.sort((a, b) => Number(a.key.split(' ')[1]) - Number(b.key.split(' ')[1]))
    await db.transaction().execute(async (trx) => {
      for (const [i, { memory_no: no }] of stored.entries()) {
        await replaceVectors(
          trx,
          { user_id: userId, memory_no: no, version: 1 },
          model.model_no,
          'd',
          [{ start: 0, vector: vectors[at + i]! }]
        )
      }
    })
    numbers.push(...stored.map(({ memory_no: no }) => no))
  }
  return numbers
}

const vectors = Array.from({ length: 700 }, randomVector)
const numbers = await fill(ada!.user_id, vectors)
const queries = Array.from({ length: 5 }, randomVector)
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

function exactNearest(query: number[], among = (_: number) => true): number[] {
  return vectors
    .map((vector, i) => ({ i, similarity: dot(vector, query) }))
    .filter(({ i }) => among(i))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, 20)
    .map(({ i }) => numbers[i]!)
}
const nearest = async (query: number[], more: object = {}) =>
  (
    await listNearestMemories(db, ada!.user_id, {
      model_no: model.model_no,
      vector: query,
      pgvector: false,
      limit: 20,
      ...more
    })
  ).map(({ memory_no: no }) => no)
const share = (expected: number[], actual: number[]) =>
  expected.filter((no) => actual.includes(no)).length / expected.length

t.test('the search is exact among few vectors, and nearly exact among many', async (t) => {
  const condition = toCondition({ agent_name: 'tenth' })
  for (const query of queries) {
    t.same(
      await nearest(query, { condition }),
      exactNearest(query, (i) => i % 10 === 0)
    )
    t.ok(
      share(exactNearest(query), await nearest(query)) >= 0.8,
      '400 of 700 random vectors with 48 dimensions are compared'
    )
  }
  const [best] = await listNearestMemories(db, ada!.user_id, {
    model_no: model.model_no,
    vector: vectors[3]!,
    pgvector: false,
    limit: 1
  })
  t.match(best, { memory_no: numbers[3], similarity: 1, start: 0 })
})

t.test('with pgvector the search is exact, and owners of many vectors get an index', async (t) => {
  if (!pgvector) return t.ok(onPostgres, 'the embedded database has it')
  for (const query of queries) t.same(await nearest(query, { pgvector: true }), exactNearest(query))
  await fill(bob!.user_id, vectors.slice(0, 100))
  t.equal(await findVectorIndex(db, ada!.user_id, model), undefined)
  await updateVectorIndexes(db, model, { from: 700 })
  const index = await findVectorIndex(db, ada!.user_id, model)
  t.equal(index, 'vector(48)')
  t.equal(await findVectorIndex(db, bob!.user_id, model), undefined)

  const nodes: RootOperationNode[] = []
  const recording = db.withPlugin({
    transformQuery: ({ node }) => {
      nodes.push(node)
      return node
    },
    transformResult: async ({ result }) => result
  })
  const search = {
    model_no: model.model_no,
    vector: queries[0]!,
    pgvector: true,
    index,
    limit: 20
  }
  const before = await listNearestMemories(recording, ada!.user_id, search)
  const { sql: text, parameters } = db.getExecutor().compileQuery(nodes.at(-1)!, createQueryId())
  const plan = await db.transaction().execute(async (trx) => {
    await sql`set local enable_sort = off`.execute(trx) // so few are sorted as quickly
    return trx.executeQuery<any>(CompiledQuery.raw(`explain ${text}`, [...parameters]))
  })
  t.match(
    plan.rows.map((row) => row['QUERY PLAN']).join('\n'),
    /Index Scan using memory_vectors_of_/
  )
  for (const query of queries) {
    t.ok(share(exactNearest(query), await nearest(query, { pgvector: true, index })) >= 0.9)
  }

  await db.deleteFrom('memories').where('user_id', '=', bob!.user_id).execute()
  t.same(await listNearestMemories(db, ada!.user_id, search), before)
  await updateVectorIndexes(db, model, { from: 1400 })
  t.equal(await findVectorIndex(db, ada!.user_id, model), index, 'it stays while half are there')
  await updateVectorIndexes(db, model, { from: 1401 })
  t.equal(await findVectorIndex(db, ada!.user_id, model), undefined)
})

t.test('an abort while vectors are counted prevents any index', async (t) => {
  if (!pgvector) return t.ok(onPostgres, 'the embedded database has it')
  const ending = new AbortController()
  const updating = updateVectorIndexes(db, model, { from: 700, signal: ending.signal })
  ending.abort()
  await t.rejects(updating, { name: 'AbortError' })
  t.equal(await findVectorIndex(db, ada!.user_id, model), undefined)
})

t.test(
  'vectors of many dimensions have half precision, and with too many there is no index',
  async (t) => {
    const { db: emptyDb } = await openDatabase(t)
    const halves = await registerEmbeddingModel(emptyDb, 'large', '', 3072)
    t.equal(await findVectorIndex(emptyDb, 'nobody', halves), undefined)
    if (pgvector) {
      await installPgvector(emptyDb).then(() => updateVectorIndexes(emptyDb, halves, { from: 0 }))
    }
    t.equal(await findVectorIndex(emptyDb, 'nobody', { model_no: 1, dimensions: 5000 }), undefined)
  }
)

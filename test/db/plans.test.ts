import { type Kysely, sql } from 'kysely'
import t, { type Test } from 'tap'
import { random, sentence } from '../../bench/memory/text.ts'
import { seed } from '../../bench/memory/seed.ts'
import { listCodePieces } from '../../db/code/pieces.ts'
import { countCodeTerms, scoreCodePieces } from '../../db/code/postings.ts'
import type { Db } from '../../db/connection/connect.ts'
import { renewStatistics } from '../../db/connection/maintenance.ts'
import { type Caller, people } from '../tools/caller.ts'
import { recordStatements, type Statement } from './statements.ts'

const MEMORIES = 450
const FILES = 600
/** Without statistics a statement may visit RATIO times as many rows, and SLACK more. */
const RATIO = 1.5
const SLACK = 150

interface Plan {
  'Node Type': string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Join Filter'?: number
  Plans?: Plan[]
}

/**
 * The rows that the scans of a plan read and its joins compare. Unlike time, this cost does not
 * depend on the load of the machine.
 */
function visitedRows(plan: Plan): number {
  const inner = (plan.Plans ?? []).reduce((sum, part) => sum + visitedRows(part), 0)
  const scans = /Scan$/.test(plan['Node Type']) && plan['Node Type'] !== 'Bitmap Index Scan'
  const rows =
    (scans ? plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) : 0) +
    (plan['Rows Removed by Join Filter'] ?? 0)
  return inner + rows * plan['Actual Loops']
}

async function countVisitedRows(db: Db, { text, values }: Statement): Promise<number> {
  class Undone extends Error {}
  let visited = 0
  await db
    .transaction()
    .execute(async (trx) => {
      const explain = { sql: `explain (analyze, format json) ${text}`, parameters: values }
      const { rows } = await (trx as Kysely<any>).executeQuery<any>({
        ...sql``.compile(trx),
        ...explain
      })
      visited = visitedRows(rows[0]['QUERY PLAN'][0].Plan)
      throw new Undone()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error
    })
  return visited
}

async function seedCode(db: Db, userId: string): Promise<number> {
  const { project_no: no } = await db
    .insertInto('code_projects')
    .values({ user_id: userId, project_id: 'p' })
    .returning('project_no')
    .executeTakeFirstOrThrow()
  await sql`
    insert into code_files (user_id, project_no, path, language, content_hash, index_version,
      bytes, lines, parsed, symbols, imports, provides)
    select ${userId}, ${no},
      'src/' || i % 20 || '/file' || i || case when i % 10 = 0 then '.md' else '.ts' end,
      'typescript', '', 1, 1, 1, true, '[]', '[]', '[]'
    from generate_series(1, ${FILES}::integer) i`.execute(db)
  await sql`
    insert into code_pieces (user_id, project_no, file_no, piece_no, first_line, last_line,
      symbol, kind, text)
    select user_id, project_no, file_no, piece, 1, 1, '', '', 'text'
    from code_files, generate_series(1, 3) piece where user_id = ${userId}`.execute(db)
  await sql`insert into code_postings (user_id, project_no, term, file_no, hits)
    select user_id, project_no, 'term' || term, file_no, array[5, 1029, 2057]
    from code_files, generate_series(1, 30) term
    where user_id = ${userId} and (term < 3 or file_no % term = 0)`.execute(db)
  return no
}

const seededTables = [
  'memories',
  'memory_postings',
  'memory_versions',
  'code_files',
  'code_postings'
]

async function stopAutovacuum(db: Db): Promise<void> {
  for (const table of seededTables) {
    await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(db)
  }
}

async function seedMemories(db: Db, userId: string, from: number): Promise<void> {
  await seed(db, userId, MEMORIES, from)
  await sql`update memories set source = '{"kind": "command", "name": "seed"}',
    tags = jsonb_build_array('tag' || memory_no % 7),
    pinned_at = case when memory_no % 90 = 0 then now() end,
    type = case when memory_no % 3 = 0 then 'fact' else 'normal' end
    where user_id = ${userId}`.execute(db)
}

/** What the tools send for a caller with seeded memories. */
async function recordCalls({ call }: Caller): Promise<Statement[]> {
  const next = random(5)
  const query = sentence(next, 6)
  const key = 'note-1'
  const calls: Array<[string, object]> = [
    ['memory_search', { query }],
    ['memory_search', { query: sentence(next, 12) }],
    ['memory_search', { query, tags: ['tag1'] }],
    ['memory_search', { query, type: 'fact', agent_name: 'global' }],
    ['memory_search', { query: 'xyzzyplugh' }],
    ['memory_list', {}],
    ['memory_list', { type: 'fact' }],
    ['memory_timeline', { time_range: 'last_month' }],
    ['memory_stats', {}],
    ['memory_briefing', { prompt: query }],
    ['memory_briefing', {}],
    ['memory_update', { key, value: 'another' }],
    ['memory_store', { key: 'new', value: sentence(next, 12) }],
    ['memory_store', { key, value: sentence(next, 12) }],
    ['graph_link', { from: key, to: 'note-2' }],
    ['memory_get_related', { node_id: key }],
    ['memory_history', { key }],
    ['memory_recall', { key }],
    ['memory_delete', { key: 'note-3' }],
    ['memory_restore', { key: 'note-3' }]
  ]
  const statements: Statement[] = []
  for (const [name, args] of calls) {
    statements.push(...(await recordStatements(name, () => call(name, args))))
  }
  return statements
}

async function visitsOf(db: Db, statements: readonly Statement[]): Promise<number[]> {
  const visits: number[] = []
  for (const statement of statements) {
    visits.push(await countVisitedRows(db, statement).catch(() => 0))
  }
  return visits
}

function checkVisits(
  t: Test,
  statements: readonly Statement[],
  { without, with: informed }: { without: readonly number[]; with: readonly number[] }
): void {
  for (const [at, statement] of statements.entries()) {
    const fits = without[at]! <= RATIO * informed[at]! + SLACK
    t.ok(
      fits,
      `${statement.call}: ${without[at]} rows, ${informed[at]} with statistics`,
      fits ? {} : statement
    )
  }
}

t.test('no statement visits more rows on a database that was never analysed', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await stopAutovacuum(db)
  await seedMemories(db, ada!.user_id, 1)
  const project = await seedCode(db, ada!.user_id)
  const statements = await recordCalls(ada!)
  const terms = [
    { term: 'term1', score: 1 },
    { term: 'term7', score: 2 }
  ]
  statements.push(
    ...(await recordStatements('code search', async () => {
      await countCodeTerms(db, ada!.user_id, project, ['term1', 'term7'])
      await scoreCodePieces(db, ada!.user_id, project, { terms, limit: 20 })
      const pattern = '^(?:.*/)?[^/]*\\.ts$'
      const hits = await scoreCodePieces(db, ada!.user_id, project, { terms, pattern, limit: 20 })
      t.equal(hits.length, 20)
      await listCodePieces(db, ada!.user_id, project, hits)
    }))
  )
  const before = await visitsOf(db, statements)
  await sql`analyze`.execute(db)
  checkVisits(t, statements, { without: before, with: await visitsOf(db, statements) })
})

t.test('no statement visits more rows of a person who came after the statistics', async (t) => {
  const {
    db,
    callers: [ada, ben]
  } = await people('ada', 'ben')
  await stopAutovacuum(db)
  await seedMemories(db, ada!.user_id, 1)
  await sql`analyze`.execute(db)
  await seedMemories(db, ben!.user_id, 2)
  const statements = await recordCalls(ben!)
  const before = await visitsOf(db, statements)
  await sql`analyze`.execute(db)
  checkVisits(t, statements, { without: before, with: await visitsOf(db, statements) })
})

t.test('statistics say nothing about whose rows there are', async (t) => {
  const { db } = await people()
  const { rows } = await sql<{ table: string }>`
    select relname as table from pg_attribute join pg_class on pg_class.oid = attrelid
    where attname = 'user_id' and relkind = 'r' and attstattarget is distinct from 0
      and relnamespace = 'public'::regnamespace`.execute(db)
  t.same(rows, [], 'a new table needs "alter column user_id set statistics 0"')
})

t.test('statistics are renewed when a table has grown by half, and only then', async (t) => {
  const { db } = await people()
  await sql`create table grown as
    select i, repeat('x', 100) from generate_series(1, 2000) i`.execute(db)
  t.teardown(() => sql`drop table grown`.execute(db))
  const grow = (rows: number) =>
    sql`insert into grown
    select i, repeat('x', 100) from generate_series(1, ${rows}::integer) i`.execute(db)
  t.ok((await renewStatistics(db)).includes('grown'), 'a table that has none')
  t.same(await renewStatistics(db), [])
  await grow(800)
  t.notOk((await renewStatistics(db)).includes('grown'), 'less than a half')
  await grow(400)
  t.same(await renewStatistics(db), ['grown'])
  t.same(await renewStatistics(db), [])
})

// databases: both
import { sql } from 'kysely'
import t from 'tap'
import { countTerms, listTerms } from '../../db/memory/search.ts'
import { openDatabase } from '../support/helper.ts'

const MEMORIES = 3000
/** So many that the counts are estimated from a sixth of the memories. */
const CLAIMED_MEMORIES = 30_000

const { db } = await openDatabase(t)
await db
  .insertInto('users')
  .values(['ada', 'bob'].map((name) => ({ user_id: name, email: `${name}@example.org` })))
  .execute()
// Their memories take turns, as their numbers do.
await sql`insert into memories (user_id, agent_name, key, value)
  select case when n % 2 = 0 then 'ada' else 'bob' end, 'global', 'note-' || n, 'text'
  from generate_series(1, ${2 * MEMORIES}::integer) n`.execute(db)

/** Gives the term to those of Ada's memories whose place in their order satisfies the condition. */
async function spread(term: string, condition: string): Promise<void> {
  await sql`insert into memory_postings (user_id, term, memory_no, weight, length, session_no)
    select 'ada', ${term}, memory_no, 1, 1, 0
    from (select memory_no, row_number() over (order by memory_no) as place
      from memories where user_id = 'ada') as numbered
    where ${sql.raw(condition)}`.execute(db)
}

t.test('a sample tells how many memories have a frequent term', async (t) => {
  await spread('everywhere', 'true')
  await spread('often', 'place % 2 = 0')
  await spread('seldom', 'place % 10 = 0')
  await spread('lately', `place > ${MEMORIES - 500}`)
  const terms = ['everywhere', 'often', 'seldom', 'lately', 'never']
  const exact = { everywhere: MEMORIES, often: MEMORIES / 2, seldom: MEMORIES / 10, lately: 500 }
  t.same(Object.fromEntries(await countTerms(db, 'ada', terms, MEMORIES)), exact)
  const counted = Object.fromEntries(await countTerms(db, 'ada', terms, CLAIMED_MEMORIES))
  t.match(counted, { seldom: exact.seldom, lately: exact.lately }, 'rare ones are counted')
  for (const term of ['everywhere', 'often'] as const) {
    const ratio = counted[term]! / exact[term]
    t.ok(ratio > 0.9 && ratio < 1.1, `${term}: ${counted[term]} instead of ${exact[term]}`)
  }
  t.same([...(await countTerms(db, 'bob', terms, CLAIMED_MEMORIES))], [], 'none is of Bob')
})

t.test('terms are listed in their order, each once, and only those of the person', async (t) => {
  await spread('east', 'place < 1000')
  await spread('eastern', 'place < 3')
  t.same(await listTerms(db, 'ada', 'e'), ['east', 'eastern', 'everywhere'])
  t.same(await listTerms(db, 'ada', 'x'), [])
  t.same(await listTerms(db, 'bob', 'e'), [])
})

// databases: both
import { sql } from 'kysely'
import t from 'tap'
import { countTerms } from '../../db/memory/term-counts.ts'
import { listTerms } from '../../db/memory/terms.ts'
import { openDatabase } from '../support/helper.ts'

/** So many that frequent terms are estimated. */
const MEMORIES = 21_600
/** Every so many numbers one is of another person. */
const PER_OTHER = 10

const { db } = await openDatabase(t)
const names = ['ada', 'bob', 'cleo']
await db
  .insertInto('users')
  .values(names.map((name) => ({ user_id: name, email: `${name}@example.org` })))
  .execute()

/** Stores memories of a person under these numbers, from `first` on. */
async function storeMemories(person: string, first: number, count: number): Promise<void> {
  await sql`insert into memories (user_id, agent_name, key, value, memory_no)
    overriding system value
    select case when n % ${PER_OTHER} = 0 then 'bob' else ${person} end, 'global',
      'note-' || ${first} + n, 'text', ${first} + n
    from generate_series(1, ${count}::integer) n`.execute(db)
}

/** Gives the term to those of a person's memories whose place in their order is right. */
async function addTerm(person: string, term: string, condition: string): Promise<void> {
  await sql`insert into memory_postings (user_id, term, memory_no, weight, length, session_no)
    select ${person}, ${term}, memory_no, 1, 1, 0
    from (select memory_no, row_number() over (order by memory_no) as place
      from memories where user_id = ${person}) as numbered
    where ${sql.raw(condition)}`.execute(db)
}

const counts = async (person: string, terms: string[], memoryCount: number) =>
  Object.fromEntries(await countTerms(db, person, terms, memoryCount))

t.test('a sample tells how many memories have a frequent term', async (t) => {
  await storeMemories('ada', 0, MEMORIES + MEMORIES / (PER_OTHER - 1))
  await addTerm('ada', 'everywhere', 'true')
  await addTerm('ada', 'often', 'place * 7919 % 97 < 30')
  await addTerm('ada', 'seldom', 'place % 100 = 0')
  await addTerm('ada', 'lately', `place > ${MEMORIES - 500}`)
  const terms = ['everywhere', 'often', 'seldom', 'lately', 'never']
  const exact = await counts('ada', terms, 1)
  t.match(exact, { everywhere: MEMORIES, seldom: MEMORIES / 100, lately: 500 }, 'counted')
  const counted = await counts('ada', terms, MEMORIES)
  t.match(counted, { everywhere: MEMORIES, seldom: exact['seldom'], lately: 500 })
  t.not(counted['often'], exact['often'], 'it is an estimate')
  t.ok(Math.abs(counted['often']! / exact['often']! - 1) < 0.05, `often: ${counted['often']}`)
  t.same(await counts('bob', terms, MEMORIES), {}, 'none is of Bob')
})

t.test('no sample is used when most memories are from one moment', async (t) => {
  const early = 900
  await storeMemories('cleo', 100_000, early + early / (PER_OTHER - 1))
  await storeMemories('cleo', 10_000_000, 1000)
  await addTerm('cleo', 'first', `place <= ${early}`)
  t.same(await counts('cleo', ['first'], MEMORIES), { first: early })
})

t.test('terms are listed in their order, each once, and only those of the person', async (t) => {
  await addTerm('ada', 'east', 'place < 1000')
  await addTerm('ada', 'eastern', 'place < 3')
  t.same(await listTerms(db, 'ada', 'e'), ['east', 'eastern', 'everywhere'])
  t.same(await listTerms(db, 'ada', 'x'), [])
  t.same(await listTerms(db, 'bob', 'e'), [])
})

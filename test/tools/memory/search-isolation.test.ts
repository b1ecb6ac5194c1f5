// No data leaks between users, part 3 of 3: the search alone, for any sequence of stores and
// deletions of two users. Only here are scores compared with those of a user who is alone, totals
// with the rows they count, and the number of rows that a search reads. What each tool answers:
// test/tools/isolation.test.ts. Credentials and transports: test/isolation.test.ts.
import fc from 'fast-check'
import { CompiledQuery, sql } from 'kysely'
import t from 'tap'
import { seed } from '../../../bench/memory/seed.ts'
import { findMemories } from '../../../domain/memory/search/find.ts'
import { recordStatements } from '../../db/statements.ts'
import { type Caller, people } from '../caller.ts'

const words = ['lighthouse', 'ferry', 'storm', 'keeper', 'harbour', 'ferries', 'storms', 'sea']
const operation = fc.record({
  owner: fc.constantFrom(0, 1),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  value: fc
    .array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 })
    .map((some) => some.join(' ')),
  session: fc.option(fc.constantFrom('s1', 's2'), { nil: undefined }),
  remove: fc.boolean()
})

async function apply(
  caller: Caller,
  {
    key,
    value,
    session,
    remove
  }: { key: string; value: string; session: string | undefined; remove: boolean }
) {
  if (
    remove &&
    (await caller.call('memory_list')).answer.memories.some(
      (memory: { key: string }) => memory.key === key
    )
  ) {
    await caller.call('memory_delete', { key })
  } else await caller.call('memory_store', { key, value, ...(session && { session_id: session }) })
}

const searchResults = async (caller: Caller) => {
  const { results } = (
    await caller.call('memory_search', {
      query: 'the storm at the lighthouse and the ferry',
      k: 100
    })
  ).answer
  return results.map(({ created_at: created, ...rest }: { created_at: string }) => rest)
}

t.test('no store or deletion of another user changes a result or a score', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 20 }), async (operations) => {
      const {
        db,
        callers: [ada, bob, alone]
      } = await people('ada', 'bob', 'alone')
      for (const step of operations) {
        await apply(step.owner === 0 ? ada! : bob!, step)
        if (step.owner === 0) await apply(alone!, step)
      }
      const before = await searchResults(ada!)
      t.same(before, await searchResults(alone!), 'as for a user who is alone')
      await db.deleteFrom('users').where('user_id', '=', bob!.user_id).execute()
      t.same(await searchResults(ada!), before)
    }),
    { numRuns: 15 }
  )
})

t.test('the totals equal the rows after many concurrent writes', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await Promise.all(
    Array.from({ length: 120 }, (_, i) =>
      ada!.call('memory_store', { key: `k${i % 60}`, value: `ferry ${'sea '.repeat(i % 7)}` })
    )
  )
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => ada!.call('memory_delete', { key: `k${i}` }))
  )
  const summed = await db
    .selectFrom('memory_totals')
    .where('user_id', '=', ada!.user_id)
    .select([sql<number>`sum(memories)`.as('memories'), sql<number>`sum(length)`.as('length')])
    .executeTakeFirstOrThrow()
  const counted = await db
    .selectFrom('memories')
    .where('user_id', '=', ada!.user_id)
    .select([sql<number>`count(*)`.as('memories'), sql<number>`sum(search_length)`.as('length')])
    .executeTakeFirstOrThrow()
  t.same(summed, counted)
  t.equal(counted.memories, 40)
})

t.test('the rows that a search reads do not depend on the rows of other users', async (t) => {
  const {
    db,
    callers: [ada, bob]
  } = await people('ada', 'bob')
  for (let i = 0; i < 20; i++) {
    await ada!.call('memory_store', { key: `k${i}`, value: `storm ${i} at sea`, session_id: 's' })
  }
  const statements = await recordStatements('search', () =>
    findMemories(db, ada!.user_id, { query: 'storm at sea', limit: 10, valueLimit: 100 })
  )
  t.ok(statements.length >= 5)

  const read = () =>
    db.transaction().execute(async (trx) => {
      // PostgreSQL reads small tables whole, which shows nothing of the indexes.
      await sql`set local enable_seqscan = off`.execute(trx)
      let rows = 0
      for (const { text, values } of statements) {
        const {
          rows: [row]
        } = await trx.executeQuery<any>(
          CompiledQuery.raw(`explain (analyze, format json) ${text}`, values)
        )
        rows += rowsRead(row['QUERY PLAN'][0].Plan)
      }
      return rows
    })
  const counts: number[] = []
  for (const memories of [500, 3000]) {
    await db.deleteFrom('memories').where('user_id', '=', bob!.user_id).execute()
    await seed(db, bob!.user_id, memories, 1)
    await sql`analyze`.execute(db)
    counts.push(await read())
  }
  t.ok(counts[0]! > 20)
  t.equal(counts[0], counts[1])
})

/** Returns the rows that the scans of a plan read, including those that they filtered out. */
function rowsRead(plan: any): number {
  const scanned = plan['Relation Name']
    ? (plan['Actual Rows'] +
        (plan['Rows Removed by Filter'] ?? 0) +
        (plan['Rows Removed by Index Recheck'] ?? 0)) *
      plan['Actual Loops']
    : 0
  return (plan.Plans ?? []).reduce((sum: number, part: any) => sum + rowsRead(part), scanned)
}

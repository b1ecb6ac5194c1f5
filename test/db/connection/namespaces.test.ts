// How the queries of a bound caller are rewritten.
// What tools then reach: test/tools/namespaces.test.ts.
import { sql } from 'kysely'
import t from 'tap'
import { limitToNamespaces, NamespaceLimitError } from '../../../db/connection/namespaces/index.ts'
import { prepareStatement, type Slots } from '../../../db/connection/prepared.ts'
import { people } from '../../tools/caller.ts'

const { db, callers } = await people('ada')
const owner = callers[0]!
for (const [key, agentName] of [
  ['mine', 'work'],
  ['linked', 'work'],
  ['theirs', 'private']
]) {
  await owner.call('memory_store', { key, value: `the ${key}`, agent_name: agentName })
}
await owner.call('graph_link', { from: 'theirs', to: 'topic:x', agent_name: 'private' })
const limited = limitToNamespaces(db, { user_id: owner.user_id, namespaces: ['work'] })
const keysOf = async (rows: Promise<Array<{ key: string }>>) =>
  (await rows).map(({ key }) => key).sort()

t.test('every way to read a table is limited', async (t) => {
  const mine = ['linked', 'mine']
  const query = limited.selectFrom('memories').select('memories.key')
  t.same(await keysOf(query.execute()), mine)
  t.same(await keysOf(limited.selectFrom('memories as m').select('m.key').execute()), mine, 'alias')
  t.same(
    await keysOf(limited.selectFrom(query.as('inner')).selectAll().execute()),
    mine,
    'subquery'
  )
  t.same(
    await keysOf(
      limited
        .with('found', () => query)
        .selectFrom('found')
        .selectAll()
        .execute()
    ),
    mine
  )
  const joined = limited
    .selectFrom('users')
    .innerJoin('memories', 'memories.user_id', 'users.user_id')
    .select('memories.key')
  t.same(await keysOf(joined.execute()), mine, 'join')
  const raw = sql<{ key: string }>`select m.key from ${sql.table('memories')} as m`
  t.same(await keysOf(raw.execute(limited).then(({ rows }) => rows)), mine, 'text')
  const nested = limited
    .selectFrom('users')
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('memories').select('key').where('key', '=', 'theirs'))
    )
    .select('email')
  t.same(await nested.execute(), [], 'condition')
  const locked = limited
    .transaction()
    .execute((trx) => trx.selectFrom('memories').select('key').forUpdate().execute())
  t.same(await keysOf(locked), mine, 'transaction')
  const { sum } = await limited
    .selectFrom('memory_postings')
    .innerJoin('memories', 'memories.memory_no', 'memory_postings.memory_no')
    .select(sql<number>`count(distinct memory_postings.memory_no)`.as('sum'))
    .executeTakeFirstOrThrow()
  t.equal(sum, 2)
  const terms = await limited.selectFrom('memory_postings').select('term').execute()
  t.notOk(terms.some(({ term }) => term.includes('their')))
  const totals = await limited
    .selectFrom('memory_totals')
    .select(({ fn }) => fn.sum('memories').as('sum'))
    .execute()
  t.match(totals, [{ sum: 2 }])
  t.same(await limited.selectFrom('graph_nodes').selectAll().execute(), [], 'not even the topic')
  t.same(await limited.selectFrom('graph_edges').selectAll().execute(), [])
})

t.test('every change is limited', async (t) => {
  const changed = await limited
    .updateTable('memories')
    .set({ importance: 0.9 })
    .returning('key')
    .execute()
  t.same(changed.map(({ key }) => key).sort(), ['linked', 'mine'])
  await t.rejects(
    limited.updateTable('memories').set({ agent_name: 'private' }).execute(),
    NamespaceLimitError
  )
  const deleted = await limited.deleteFrom('memories as m').returning('m.key').execute()
  t.same(deleted.map(({ key }) => key).sort(), ['linked', 'mine'])
  const memory = { user_id: owner.user_id, key: 'new', value: '' }
  await t.rejects(
    limited
      .insertInto('memories')
      .values([
        { ...memory, agent_name: 'work' },
        { ...memory, agent_name: 'private' }
      ])
      .execute(),
    NamespaceLimitError
  )
  const copied = await limited
    .insertInto('memories')
    .columns(['user_id', 'key', 'value', 'agent_name'])
    .expression(
      limited
        .selectFrom('memories')
        .select(['user_id', sql<string>`key || '2'`.as('key'), 'value', 'agent_name'])
    )
    .returning('key')
    .execute()
  t.same(copied, [], 'nothing of other namespaces can be copied')
  t.match(await db.selectFrom('memories').select(['key', 'importance']).execute(), [
    { key: 'theirs', importance: 0.5 }
  ])
})

t.test('what cannot be limited is refused', async (t) => {
  const refused: Record<string, () => Promise<unknown>> = {
    'a table as text': () => sql`select key from memories where user_id = ''`.execute(limited),
    'a table as text after a comma': () => sql`select 1 from users, memories`.execute(limited),
    'a change as text': () => sql`delete from memories`.execute(limited),
    'a table without a rule': () => limited.selectFrom('tool_calls').selectAll().execute(),
    'a table without a rule, in a join': () =>
      limited
        .selectFrom('users')
        .innerJoin('sessions', 'sessions.user_id', 'users.user_id')
        .selectAll()
        .execute(),
    'a merge': () =>
      limited
        .mergeInto('users')
        .using('memories', 'memories.user_id', 'users.user_id')
        .whenMatched()
        .thenDelete()
        .execute(),
    'a change of totals': () => limited.deleteFrom('memory_totals').execute()
  }
  for (const [title, run] of Object.entries(refused)) {
    await t.rejects(Promise.resolve().then(run), NamespaceLimitError, title)
  }
})

t.test('a prepared statement is not shared between callers', async (t) => {
  const listKeys = prepareStatement('test_keys', (connection, slots: Slots<{ user_id: string }>) =>
    connection.selectFrom('memories').select('key').where('user_id', '=', slots.user_id)
  )
  const seesTheirs = async (connection: typeof db) =>
    (await keysOf(listKeys(connection, { user_id: owner.user_id }))).includes('theirs')
  t.notOk(await seesTheirs(limited))
  t.ok(await seesTheirs(db))
  t.notOk(await seesTheirs(limited))
})

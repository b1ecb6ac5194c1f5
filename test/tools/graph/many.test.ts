import { sql } from 'kysely'
import t from 'tap'
import { listSuggestedMemories } from '../../../db/graph/suggestions.ts'
import { people } from '../caller.ts'

t.test(
  'a tag that thousands of memories share does not make its suggestions take the square of that',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', { key: 'seed', value: 's', tags: ['boat', 'common'] })
    await ada!.call('memory_store', { key: 'rare', value: 'r', tags: ['boat'] })
    const insertMany = sql`insert into memories (user_id, agent_name, key, value, tags, source)
      select ${ada!.user_id}, 'global', 'k' || i, 'v', '["common", "other"]',
        '{"kind": "api_key", "name": "x"}'
      from generate_series(1, 4000) i`
    await insertMany.execute(db)
    const { memory_id: id } = await db
      .selectFrom('memories')
      .select('memory_id')
      .where('user_id', '=', ada!.user_id)
      .where('key', '=', 'seed')
      .executeTakeFirstOrThrow()
    const began = performance.now()
    const suggestions = await listSuggestedMemories(db, ada!.user_id, id)
    // It took 16 s before.
    t.ok(performance.now() - began < 2000, `${Math.round(performance.now() - began)} ms`)
    t.match(suggestions, [
      { key: 'rare', shared_tags: ['boat'] },
      { key: 'k1', shared_tags: ['common'] }
    ])
  }
)

import { sql } from 'kysely'
import t from 'tap'
import { hasMemoriesToIndex } from '../../../db/memory/index-queue.ts'
import { indexQueuedMemories } from '../../../domain/memory/reindex.ts'
import { people } from '../caller.ts'

t.test(
  'memories of a former index version are indexed anew, and can be searched meanwhile',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    for (let i = 0; i < 12; i++) {
      await ada!.call('memory_store', { key: `k${i}`, value: `Tassen number${i}` })
    }
    const before = await db
      .selectFrom('memories')
      .select(['key', 'version', 'updated_at', 'search_length'])
      .orderBy('key')
      .execute()
    // The former version indexed English stems only.
    await sql`delete from memory_postings where term like '*%' or term like '<%'`.execute(db)
    await sql`update memories set search_length = search_length + 1`.execute(db)
    const queueAll = sql`insert into memory_index_queue (user_id, memory_no)
      select user_id, memory_no from memories`
    await queueAll.execute(db)

    t.same(
      (await ada!.call('memory_search', { query: 'number7' })).answer.results.map(
        ({ key }: { key: string }) => key
      ),
      ['k7']
    )
    t.equal(await indexQueuedMemories(db), true, 'a portion at a time')
    t.equal(await indexQueuedMemories(db), false)
    t.equal(await hasMemoriesToIndex(db), false)
    t.same(
      await db
        .selectFrom('memories')
        .select(['key', 'version', 'updated_at', 'search_length'])
        .orderBy('key')
        .execute(),
      before
    )
    const { rows } = await sql<{
      terms: number
    }>`select count(*) as terms from memory_postings where term = '*tass'`.execute(db)
    t.equal(Number(rows[0]!.terms), 12)
  }
)

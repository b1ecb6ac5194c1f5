import { sql } from 'kysely'
import t from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { findMemoryUsage } from '../../db/memory/usage.ts'
import { post, resultOf, toolsCall } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'

const STORES = 1000
/** The number of keys that several stores write. Each other store has its own key. */
const SHARED = 20
const ON_SHARED = 200

/** The deadlocks in this database so far. */
async function countDeadlocks(db: Db): Promise<number> {
  const { rows } = await sql<{ deadlocks: number }>`
    select deadlocks::int as deadlocks from pg_stat_database
    where datname = current_database()`.execute(db)
  return rows[0]?.deadlocks ?? 0
}

t.test(
  `${STORES} stores of one user over HTTP at one instant: none lost, no deadlock`,
  async (t) => {
    const {
      app: { db },
      url,
      person,
      key
    } = await runService(t, { RATE_LIMIT_PER_ADDRESS: '0' })
    const user = await person()
    const { key: credential } = await key(user)
    const before = await countDeadlocks(db)
    const keyOf = (i: number) => (i < ON_SHARED ? `shared-${i % SHARED}` : `own-${i}`)
    const valueOf = (i: number) => `walrus ${i} ${'x'.repeat(i % 50)}`
    let again = 0
    /**
     * Repeats the store until it is acknowledged. On a slow machine the service refuses a request
     * that waited for a minute, which loses nothing.
     */
    const store = async (i: number): Promise<object | undefined> => {
      for (let tries = 0; tries < 5; tries++, again++) {
        const answer = await post(
          `${url}/mcp`,
          credential,
          toolsCall('memory_store', { key: keyOf(i), value: valueOf(i), tags: [`t${i % 7}`] })
        ).catch(() => undefined)
        if (answer === undefined || answer.status === 408) continue
        const body = (await answer.json()) as {
          result?: { isError?: boolean; content?: Array<{ text?: string }> }
        }
        if (!/took longer than/.test(body.result?.content?.[0]?.text ?? '')) {
          return answer.status === 200 && body.result?.isError !== true ? undefined : body
        }
      }
      return { given: 'up' }
    }
    t.same(
      (await Promise.all(Array.from({ length: STORES }, (_, i) => store(i)))).filter(Boolean),
      [],
      'each is acknowledged'
    )
    t.comment(`${again} of them were sent again`)
    t.equal(await countDeadlocks(db), before)

    const memories = await db
      .selectFrom('memories')
      .select(['key', 'value', 'version'])
      .where('user_id', '=', user.user_id)
      .execute()
    const versions = await db
      .selectFrom('memory_versions')
      .select(['key', 'value'])
      .where('user_id', '=', user.user_id)
      .execute()
    const expected = Array.from(
      { length: STORES },
      (_, i) => `${keyOf(i)}: ${valueOf(i)}`
    ).toSorted()
    const kept = [...memories, ...versions].map((row) => `${row.key}: ${row.value}`).toSorted()
    t.same(again === 0 ? kept : [...new Set(kept)], expected, 'each stands there, or is a version')
    t.equal(memories.length, STORES - ON_SHARED + SHARED)
    if (again === 0) {
      t.ok(
        memories
          .filter(({ key }) => key.startsWith('shared'))
          .every(({ version }) => version === ON_SHARED / SHARED),
        'no version is skipped'
      )
    }
    t.equal((await findMemoryUsage(db, user.user_id)).memories, memories.length)
    const { counted } = await db
      .selectFrom('memory_totals')
      .select(sql<number>`sum(memories)::int`.as('counted'))
      .where('user_id', '=', user.user_id)
      .executeTakeFirstOrThrow()
    t.equal(counted, memories.length, 'what the search counts')
    const { structuredContent: searchAnswer } = await resultOf<{
      structuredContent: { results: object[] }
    }>(post(`${url}/mcp`, credential, toolsCall('memory_search', { query: 'walrus 777', k: 1 })))
    t.match(searchAnswer.results, [{ key: 'own-777' }])
  }
)

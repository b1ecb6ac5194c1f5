import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import { databaseClient, freshSettings, openSettings } from '../../support/helper.ts'
import { call, connectClient } from '../../support/mcp-client.ts'
import { connected } from '../../support/oauth-client.ts'
import { runService } from '../../support/running.ts'

const running = await runService(t)
const {
  url,
  app: { db }
} = running

const rest = (key: string, name: string, args: object = {}, at = url) =>
  fetch(`${at}/api/v1/tools/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(args)
  })

/** Waits until the history has this many calls; the server writes them within a second. */
async function history(key: string, count: number, args: object = {}): Promise<any[]> {
  for (const end = Date.now() + 10_000; ;) {
    const { calls } = (await (
      await rest(key, 'memory_get_tool_history', { limit: 100, ...args })
    ).json()) as { calls: any[] }
    if (
      calls.filter(({ tool }) => tool !== 'memory_get_tool_history').length >= count ||
      Date.now() > end
    ) {
      return calls.filter(({ tool }) => tool !== 'memory_get_tool_history')
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

t.test(
  'every transport records tool, app, time, duration, outcome and arguments without secrets',
  async (t) => {
    const { user, tokens, client } = await connected(running)
    const { key } = await running.key(user)
    const mcp = await connectClient(t, url, tokens.access_token)
    await call(mcp, 'memory_store', { key: 'color', value: 'blue '.repeat(100), user_id: 'x' })
    await call(mcp, 'memory_store', { key: 'wifi_password', value: 'hunter22' })
    await call(mcp, 'memory_recall', { key: 'nothing' })
    await rest(key, 'memory_recall', { key: ['color'], password: 'hunter22' })
    await rest(key, 'memory_search', { query: `who has ${key}?` })
    const calls = await history(key, 5)
    const [searched, wrong, refused, hidden, stored] = calls
    t.equal(calls.length, 5)
    t.match(stored, {
      tool: 'memory_store',
      client: `Client ${client.client_id}`,
      via: 'mcp',
      outcome: 'ok'
    })
    t.match(JSON.parse(stored.arguments), {
      key: 'color',
      value: /^(blue ){40}… \(300 more characters\)$/
    })
    t.ok(
      Math.abs(Date.now() - Date.parse(stored.called_at)) < 30_000 &&
        stored.duration_ms >= 0 &&
        stored.duration_ms < 30_000
    )
    t.same(JSON.parse(hidden.arguments), { key: 'wifi_password', value: '[redacted]' })
    t.match(refused, { outcome: 'refused', error: /No memory under key/ })
    t.match(wrong, {
      client: 'test',
      via: 'rest',
      outcome: 'invalid_arguments',
      error: /key must be/
    })
    t.match(JSON.parse(searched.arguments), { query: 'who has [redacted]?' })
    t.notMatch(
      JSON.stringify(await db.selectFrom('tool_calls').selectAll().execute()),
      /hunter22|kagura_\w{16}/
    )
    t.same(
      (await history(key, 1, { tool_filter: 'kagura_tool_memory_recall' })).map(({ tool }) => tool),
      ['memory_recall', 'memory_recall']
    )
    t.equal((await history(key, 1, { limit: 1, tool_filter: 'memory_search' })).length, 1)
  }
)

t.test(
  'calls that come together are written together, once in a second, after they were answered',
  async (t) => {
    const user = await running.person()
    const { key } = await running.key(user)
    const began = performance.now()
    let made = 0
    // New calls arrive while earlier ones are written.
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (; performance.now() - began < 1500; made++) {
          await Promise.all([rest(key, 'memory_stats'), sleep(20)])
        }
      })
    )
    const written = () =>
      sql<{
        transaction: string
      }>`select xmin::text as transaction from tool_calls where user_id = ${user.user_id}`.execute(
        db
      )
    while ((await written()).rows.length < made && performance.now() - began < 10_000) {
      await sleep(100)
    }
    const { rows } = await written()
    const seconds = Math.floor((performance.now() - began) / 1000)
    t.equal(rows.length, made)
    const transactions = new Set(rows.map(({ transaction }) => transaction)).size
    t.ok(transactions <= seconds + 1, `${transactions} transactions in ${seconds} s`)
  }
)

t.test(
  'people see their own calls only, and a credential those of tools that it covers',
  async (t) => {
    const [ada, bob] = [await running.person(), await running.person()]
    const all = await running.key(ada)
    await rest(all.key, 'coding_start_session', {
      project_id: 'p',
      description: 'Ada writes a compiler'
    })
    await rest(all.key, 'memory_store', { key: 'plan', value: 'Ada buys the lighthouse' })
    t.equal((await history(all.key, 2)).length, 2)
    const narrow = await history((await running.key(ada, 'mcp:memory')).key, 1)
    t.same(
      narrow.map(({ tool }) => tool),
      ['memory_store']
    )
    t.same(await history((await running.key(bob)).key, 0), [])
    const foreign = await rest((await running.key(bob)).key, 'memory_get_tool_history', {
      user_id: ada.user_id
    })
    t.notMatch(await foreign.text(), /Ada/)
  }
)

t.test(
  'a shutdown loses nothing, an outage of the table harms no call, and the switch turns it off',
  async (t) => {
    const settings = await freshSettings(t)
    const start = (extra = {}) => runService(t, extra, settings)
    const first = await start()
    const user = await first.person('ada@example.org')
    const { key } = await first.key(user)
    await rest(key, 'memory_stats', {}, first.url)
    await first.app.close()
    const count = async () => {
      const { db, close } = await openSettings(settings)
      const rows = await db.selectFrom('tool_calls').select('tool').execute()
      await close()
      return rows.length
    }
    t.equal(await count(), 1, 'written at the shutdown')
    const second = await start({ TOOL_HISTORY: 'false' })
    t.equal((await rest(key, 'memory_stats', {}, second.url)).status, 200)
    t.match(await (await rest(key, 'memory_get_tool_history', {}, second.url)).json(), {
      count: 1,
      kept_days: 0
    })
    await second.app.close()
    t.equal(await count(), 1, 'nothing was noted')
    const third = await start()
    const operator = await databaseClient(t, settings)
    await operator.query('ALTER TABLE tool_calls RENAME TO moved')
    await operator.end()
    t.equal((await rest(key, 'memory_stats', {}, third.url)).status, 200)
    await third.app.close()
  }
)

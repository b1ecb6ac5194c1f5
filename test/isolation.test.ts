// No data leaks between users, part 2 of 3: each tool over HTTP and SSE, with the credentials of
// two accounts, for a stranger who stores and works on a project of the same name. Only here do
// credentials, transports, the recorded tool history and the deletion of an account take part.
// Counts and refusals for a stranger without data: test/tools/isolation.test.ts. Scores and rows
// read by a search, for any sequence of writes: test/tools/memory/search-isolation.test.ts.
import t from 'tap'
import { allTools } from '../tools/index.ts'
import { call, connectClient } from './support/mcp-client.ts'
import { outside } from './support/outside.ts'
import { runService } from './support/running.ts'
import { assertSecretsKept, foreignCalls, secretText, storeSecrets } from './tools/foreign-calls.ts'

const { network } = await outside(t, (_, response) =>
  response.writeHead(200, { 'content-type': 'text/plain' }).end('page')
)
const running = await runService(t, { BRAVE_SEARCH_API_KEY: 'key' }, undefined, { network })

t.test(
  'nothing of one person is visible to another through any tool, id, count or error',
  async (t) => {
    const [ada, bob] = [await running.person(), await running.person()]
    const ownerClient = await connectClient(t, running.url, (await running.key(ada)).key)
    const stranger = await connectClient(t, running.url, (await running.key(bob)).key, 'sse')
    const owner = async (name: string, args: Record<string, unknown>) => {
      const { structured, isError, text } = await call(ownerClient, name, args)
      if (isError) throw new Error(`${name}: ${text}`)
      return structured
    }
    const calls = foreignCalls(await storeSecrets(owner, ada.user_id))

    t.same(
      Object.keys(calls).sort(),
      allTools.map(({ name }) => name).sort(),
      'every tool is tried'
    )
    for (const [name, argumentSets] of Object.entries(calls)) {
      for (const args of argumentSets) {
        const answerText = JSON.stringify(await call(stranger, name, args))
        t.notMatch(answerText, secretText, name)
        t.notMatch(answerText, ada.user_id, name)
      }
    }
    t.equal(
      (await call(stranger, 'memory_stats')).structured.total_memories,
      11,
      'only what these calls stored: a memory, an exchange, and a session with its records'
    )
    await assertSecretsKept(t, owner)
  }
)

t.test("deleting all of another person's memories changes no ranking and no score", async (t) => {
  const [ada, bob] = [await running.person(), await running.person()]
  const client = await connectClient(t, running.url, (await running.key(ada)).key)
  const stranger = await connectClient(t, running.url, (await running.key(bob)).key)
  for (const n of [1, 2, 3, 4, 5]) {
    await call(client, 'memory_store', {
      key: `walk_${n}`,
      value: `walk number ${n} ${'along the river '.repeat(n)}`
    })
  }
  const before = (await call(client, 'memory_search', { query: 'river walk' })).structured
  for (const n of [1, 2, 3, 4, 5]) {
    await call(stranger, 'memory_store', { key: `walk_${n}`, value: 'river river walk' })
  }
  t.same((await call(client, 'memory_search', { query: 'river walk' })).structured, before)
  await running.app.db.deleteFrom('users').where('user_id', '=', bob.user_id).execute()
  t.same((await call(client, 'memory_search', { query: 'river walk' })).structured, before)
})

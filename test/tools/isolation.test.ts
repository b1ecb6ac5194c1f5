// No data leaks between users, part 1 of 3: each tool, called directly for a stranger who has
// nothing stored. Only here is any count above zero a leak, and only here must each call that
// names foreign data be refused. Credentials and transports: test/isolation.test.ts. Scores and
// rows read by a search, for any sequence of writes: test/tools/memory/search-isolation.test.ts.
import t from 'tap'
import { insertToolCalls } from '../../db/audit/tool-calls.ts'
import { allTools } from '../../tools/index.ts'
import { people } from './caller.ts'
import { assertSecretsKept, foreignCalls, secretText, storeSecrets } from './foreign-calls.ts'
import { send, world } from './web/world.ts'

/** These answer a stranger; all other tools refuse. */
const answering = new Set([
  'memory_search',
  'memory_list',
  'memory_search_ids',
  'memory_fuzzy_recall',
  'memory_timeline',
  'memory_briefing',
  'memory_stats',
  'memory_get_tool_history',
  'memory_get_tool_list',
  'search',
  'coding_get_current_session_status',
  'coding_index_source_code',
  'coding_search_errors',
  'memory_get_user_pattern',
  'memory_record_interaction',
  'coding_start_session',
  'brave_web_search',
  'brave_news_search',
  'brave_image_search',
  'brave_video_search',
  'arxiv_search',
  'fact_check_claim',
  'web_scrape',
  'memory_store'
])

t.test('nothing of one person is visible to another through any tool', async (t) => {
  const {
    db,
    caller: ada,
    stranger: bob
  } = await world(
    ({ headers }, response) => {
      if (headers.host === 'api.search.brave.com') return send(response, 'application/json', '{}')
      const isArxiv = headers.host === 'export.arxiv.org'
      send(response, isArxiv ? 'application/atom+xml' : 'text/plain', '<feed></feed>')
    },
    { BRAVE_SEARCH_API_KEY: 'key' }
  )
  const owner = async (name: string, args: object) => (await ada.call(name, args)).answer
  const ids = await storeSecrets(owner, ada.user_id)
  await insertToolCalls(db, [
    {
      user_id: ada.user_id,
      tool: 'memory_store',
      groups: ['memory'],
      source: { kind: 'api_key', name: 'key of Lucia' },
      via: 'mcp',
      duration_ms: 1,
      outcome: 'ok',
      arguments: { key: 'plant' },
      said: null,
      began: performance.now()
    }
  ])

  // Bob starts his session last, so that the coding tools have nothing of his own to answer with.
  const { coding_start_session: sessionStart, ...others } = foreignCalls(ids)
  const calls = { ...others, coding_start_session: sessionStart! }
  t.same(Object.keys(calls).sort(), allTools.map(({ name }) => name).sort(), 'every tool is tried')
  for (const [name, argumentSets] of Object.entries(calls)) {
    for (const args of argumentSets) {
      const title = `${name} ${JSON.stringify(args)}`
      const answer = answering.has(name)
        ? await bob.call(name, args)
        : await bob.refusal(name, args)
      const answerText = JSON.stringify(answer)
      t.notMatch(answerText, secretText, title)
      t.notMatch(answerText, /key of ada/, title)
      t.notMatch(answerText, /"(?:count|found|total_memories)":[1-9]|"created":false/, title)
      t.notOk(answerText.includes(ids.user_id), title)
      for (const id of [ids.memory_id, ids.deleted_id]) {
        // A refusal may repeat the id that it was called with.
        const isRepeated = Object.values(args).some((value) => String(value).includes(id))
        t.notOk((isRepeated ? answerText.replace(id, '') : answerText).includes(id), title)
      }
    }
  }
  await assertSecretsKept(t, owner)
})

t.test('memories of others change neither rank nor score', async (t) => {
  const {
    callers: [ada, bob]
  } = await people('ada', 'bob')
  for (const [key, value] of [
    ['a', 'apple apple'],
    ['b', 'apple pear'],
    ['c', 'plum and a long story about pears']
  ]) {
    await ada!.call('memory_store', { key, value })
  }
  const ranking = async () =>
    (await ada!.call('memory_search', { query: 'apple pear plum' })).answer.results.map(
      ({ key, score }: { key: string; score: number }) => [key, score]
    )
  const before = await ranking()
  for (let i = 0; i < 30; i++) {
    await bob!.call('memory_store', { key: `k${i}`, value: 'apple apple plum plum plum' })
  }
  t.same(await ranking(), before)
})

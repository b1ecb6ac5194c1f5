// An app that is bound to the namespace "work" tries every tool on what its owner keeps elsewhere.
// Isolation between people: test/tools/isolation.test.ts.
import t, { type Test } from 'tap'
import { allTools } from '../../tools/index.ts'
import { type Caller, people } from './caller.ts'
import { assertSecretsKept, foreignCalls, secretText, storeSecrets } from './foreign-calls.ts'

const bothWords = 'apricot lantern'

/** Tools of data without namespaces. A bound app has none of them unless its owner says so. */
const isBeyond = (name: string) =>
  allTools
    .find((tool) => tool.name === name)!
    .groups.every((group) => group === 'coding' || group === 'web')

t.test('an app of one namespace reaches nothing of the others through any tool', async (t) => {
  const { db, callers } = await people('ada')
  const owner = callers[0]!
  const ownerCall = async (name: string, args: object) =>
    name === 'web_scrape' ? {} : (await owner.call(name, args)).answer
  const ids = await storeSecrets(ownerCall, owner.user_id)
  await storeNeighbours(owner)
  const before = await db.selectFrom('memories').selectAll().orderBy('memory_no').execute()
  const app = owner.boundTo(['work'])
  const calls = Object.entries(foreignCalls(ids)).filter(([name]) => !isBeyond(name))
  for (const [name, argumentSets] of calls) {
    if (name === 'memory_get_tool_history') continue // it is not offered
    for (const args of argumentSets) await tryCall(t, app, name, args, ids)
  }
  const after = await db
    .selectFrom('memories')
    .selectAll()
    .where('agent_name', '<>', 'work')
    .orderBy('memory_no')
    .execute()
  t.same(
    after,
    before.filter(({ agent_name: namespace }) => namespace !== 'work'),
    'no other namespace was read by a counting tool, changed or added to'
  )
  await assertSecretsKept(t, ownerCall)
})

/** Memories of the app beside the others: in their session, with their tags, linked with them. */
async function storeNeighbours(owner: Caller): Promise<void> {
  const store = (args: object) => owner.call('memory_store', args)
  const session = { session_id: 'talk', tags: ['fern'] }
  await store({ key: 'note', value: bothWords, agent_name: 'work', ...session })
  await store({ key: 'Lucia said', value: 'of Lucia, next', ...session })
  await store({ key: 'twin of Lucia', value: bothWords, tags: ['fern', 'hiddentag'] })
  const { answer } = await owner.call('memory_search_ids', { query: bothWords })
  const idOf = (name: string) => answer.results.find(({ key }: { key: string }) => key === name).id
  const [noteId, twin] = [idOf('note'), idOf('twin of Lucia')]
  for (const type of ['supersedes', 'contradicts', 'related_to']) {
    await owner.call('graph_link', { from: twin, to: noteId, type })
  }
  await owner.call('graph_link', { from: noteId, to: 'topic:greenhouse' })
  await owner.call('graph_link', { from: twin, to: 'person:Lucia' })
  await owner.call('graph_link', { from: 'topic:greenhouse', to: 'person:Lucia' })
  await owner.call('memory_record_interaction', {
    query: 'where is Lucia',
    response: 'Lucia is here',
    ai_platform: 'Lucia',
    metadata: { topic: 'Lucia' }
  })
}

async function tryCall(
  t: Test,
  app: Caller,
  name: string,
  args: Record<string, unknown>,
  ids: { memory_id: string; deleted_id: string }
): Promise<void> {
  const title = `${name} ${JSON.stringify(args)}`
  const answerText = JSON.stringify(await outcomeOf(app, name, args))
  t.notMatch(answerText, secretText, title)
  for (const id of [ids.memory_id, ids.deleted_id]) {
    const isRepeated = JSON.stringify(args).includes(id)
    t.notOk(!isRepeated && answerText.includes(id), title)
  }
  const { properties } = allTools.find((tool) => tool.name === name)!.input
  if ('agent_name' in properties) {
    const refusal = await app.refusal(name, { ...args, agent_name: 'global' })
    t.match(refusal, /^This app may only use the namespace "work"/, title)
  }
}

async function outcomeOf(app: Caller, name: string, args: object): Promise<unknown> {
  try {
    return await app.call(name, args)
  } catch (error) {
    if ((error as Error).name !== 'ToolError') throw error
    return (error as Error).message
  }
}

t.test('what a bound app finds of its own does not depend on the others', async (t) => {
  const { callers } = await people('bea', 'cleo')
  const [bea, cleo] = callers.map((caller) => caller.boundTo(['work', 'home']))
  const answers = async (app: Caller) => {
    const call = async (name: string, args: object = {}) => (await app.call(name, args)).answer
    const { results } = await call('memory_search', { query: 'apple pears plumm' })
    const { pattern } = await call('memory_get_user_pattern')
    const statistics = await call('memory_stats')
    const related = await call('memory_get_related', { node_id: 'a' })
    return {
      results: results.map(({ key, score, matched, why }: Record<string, unknown>) => [
        key,
        score,
        matched,
        why
      ]),
      pattern: { ...pattern, first_at: '', last_at: '' },
      statistics: { ...statistics, first_created_at: '', last_updated_at: '' },
      related: related.related_nodes.map(({ name }: { name: string }) => name),
      suggestions: related.suggestions,
      overview: (await call('memory_search', { query: 'what do you know about me' })).reason,
      empty: (await call('memory_search', { query: 'zebra' })).reason,
      list: (await call('memory_list')).count,
      timeline: (await call('memory_timeline', { time_range: 'last_day' })).count,
      similar: (await call('memory_fuzzy_recall', { key_pattern: 'a', similarity_threshold: 0 }))
        .count
    }
  }
  for (const app of [bea!, cleo!]) {
    await app.call('memory_store', { key: 'a', value: 'apple apple', tags: ['x'] })
    await app.call('memory_store', {
      key: 'b',
      value: 'apple pear',
      tags: ['x'],
      agent_name: 'home'
    })
    await app.call('memory_store', { key: 'c', value: 'plum and a long story about pears' })
    await app.call('graph_link', { from: 'a', to: 'topic:Fruit' })
    await app.call('memory_record_interaction', {
      query: 'apple?',
      response: 'yes',
      metadata: { topic: 'fruit' }
    })
  }
  const foreignApp = callers[0]!.boundTo(['elsewhere'])
  for (let i = 0; i < 30; i++) {
    const value = 'apple apple plum plumm plums zebra'
    await foreignApp.call('memory_store', { key: `a${i}`, value, tags: ['x'] })
  }
  await foreignApp.call('graph_link', { from: 'a1', to: 'topic:fruit' })
  await foreignApp.call('memory_delete', { key: 'a2' })
  await foreignApp.call('memory_record_interaction', {
    query: 'q',
    response: 'r',
    metadata: { topic: 'fruit' }
  })
  const withoutIds = (answer: object) =>
    JSON.stringify(answer).replace(/interaction_\w+/g, 'interaction')
  t.equal(withoutIds(await answers(bea!)), withoutIds(await answers(cleo!)))
})

t.test(
  'a bound app stores in its first namespace, or in global if that is one of them',
  async (t) => {
    const { callers } = await people('dora')
    const store = (app: Caller) => app.call('memory_store', { key: 'k', value: 'v' })
    t.match(await store(callers[0]!.boundTo(['work', 'home'])), { answer: { agent_name: 'work' } })
    t.match(await store(callers[0]!.boundTo(['work', 'global'])), {
      answer: { agent_name: 'global' }
    })
    const app = callers[0]!.boundTo(['work', 'home'])
    t.match(
      await app.refusal('memory_store', { key: 'k', value: 'v', agent_name: 'private' }),
      /namespaces "work" and "home"\. Give one of them as agent_name\. The owner can change that/
    )
    t.match(
      await app.refusal('graph_link', { from: 'topic:a', to: 'topic:b' }),
      /may only link the memories of its namespaces/
    )
  }
)

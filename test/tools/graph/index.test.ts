import { sql } from 'kysely'
import t from 'tap'
import { tidyMemories } from '../../../tools/memory/expiry.ts'
import { databaseClient, onPostgres, untilWaiting } from '../../helper.ts'
import { people } from '../caller.ts'

const names = (answer: { related_nodes: Array<{ name: string }> }) =>
  answer.related_nodes.map(({ name }) => name).sort()

t.test(
  'linked memories and things are found over several steps, nearest first, in both directions',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    for (const key of ['a', 'b', 'c', 'd', 'alone']) {
      await ada!.call('memory_store', { key, value: `value of ${key}` })
    }
    t.match((await ada!.call('graph_link', { from: 'a', to: 'b', type: 'depends_on' })).answer, {
      created: true,
      type: 'depends_on'
    })
    await ada!.call('graph_link', { from: 'c', to: 'b' })
    await ada!.call('graph_link', { from: 'c', to: 'd', weight: 0.3 })
    await ada!.call('graph_link', { from: 'a', to: 'topic:Rust' })
    const near = (await ada!.call('memory_get_related', { node_id: 'a', depth: 1 })).answer
    t.same(names(near), ['Rust', 'b'])
    const far = (await ada!.call('memory_get_related', { node_id: 'a', depth: 3 })).answer
    t.same(names(far), ['Rust', 'b', 'c', 'd'])
    t.same(
      far.related_nodes.map(({ depth }: { depth: number }) => depth),
      [1, 1, 2, 3]
    )
    t.equal(far.links.length, 4)
    t.same(
      names(
        (await ada!.call('memory_get_related', { node_id: 'a', depth: 3, rel_type: 'depends_on' }))
          .answer
      ),
      ['b']
    )
    t.same(
      names((await ada!.call('memory_get_related', { node_id: 'topic:rust' })).answer),
      ['a', 'b'],
      'a thing is found by its name in any case'
    )
    t.equal((await ada!.call('memory_get_related', { node_id: 'alone' })).answer.related_count, 0)
  }
)

t.test('a circle ends, and a node of many links is followed by its heaviest', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  for (const key of ['x', 'y', 'z']) await ada!.call('memory_store', { key, value: key })
  for (const [from, to] of [
    ['x', 'y'],
    ['y', 'z'],
    ['z', 'x']
  ]) {
    await ada!.call('graph_link', { from, to })
  }
  t.same(names((await ada!.call('memory_get_related', { node_id: 'x', depth: 10 })).answer), [
    'y',
    'z'
  ])
  for (let i = 0; i < 60; i++) {
    await ada!.call('graph_link', { from: 'x', to: `topic:t${i}`, weight: i < 5 ? 0.9 : 0.1 })
  }
  const { related_nodes: related } = (
    await ada!.call('memory_get_related', { node_id: 'x', depth: 1 })
  ).answer
  t.ok(related.length >= 50 && related.length <= 52)
  for (let i = 0; i < 5; i++) {
    t.ok(
      related.some(({ name }: { name: string }) => name === `t${i}`),
      `t${i}`
    )
  }
})

t.test(
  'however far and dense a graph is, a walk ends after its two hundred nodes, the nearest first',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    const nodes = 8000
    await sql`insert into graph_nodes (user_id, node_id, type, name) select ${ada!.user_id}, 'topic:' || i, 'topic', i::text from generate_series(0, ${nodes}::integer - 1) i`.execute(
      db
    )
    await sql`insert into graph_edges (user_id, from_node, to_node, type, weight, source)
    select ${ada!.user_id}, 'topic:' || i, 'topic:' || ((i * 7 + step * 131 + 1) % ${nodes}::integer), 'related_to', 1, '{"kind":"api_key","name":"x"}' from generate_series(0, ${nodes}::integer - 1) i, generate_series(1, 8) step on conflict do nothing`.execute(
      db
    )
    const walk = async (depth: number) => {
      const began = performance.now()
      const { related_nodes: related } = (
        await ada!.call('memory_get_related', { node_id: 'topic:1', depth })
      ).answer
      return { related, ms: performance.now() - began }
    }
    const near = await walk(2)
    const { related, ms } = await walk(10)
    t.ok(
      ms < 500 + 4 * near.ms,
      `${Math.round(ms)} ms, and ${Math.round(near.ms)} ms for two steps`
    ) // it visited all nodes again at each step
    t.equal(new Set(related.map(({ node_id: id }: { node_id: string }) => id)).size, 200)
    const depths = related.map(({ depth }: { depth: number }) => depth)
    t.same(
      depths,
      depths.toSorted((one: number, other: number) => one - other)
    )
    const next = (await walk(1)).related
    t.equal(depths.filter((depth: number) => depth === 1).length, next.length)
  }
)

t.test(
  'of links made at the same instant one is there; a link ends, stays known, and can be made again',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    for (const key of ['a', 'b']) await ada!.call('memory_store', { key, value: key })
    const made = await Promise.all(
      Array.from({ length: 8 }, () => ada!.call('graph_link', { from: 'a', to: 'b' }))
    )
    t.equal(made.filter(({ answer }) => answer.created).length, 1)
    t.equal((await ada!.call('memory_get_related', { node_id: 'a' })).answer.links.length, 1)
    const before = new Date(Date.now() + 50).toISOString()
    await new Promise((resolve) => setTimeout(resolve, 100))
    t.equal(
      (await ada!.call('graph_unlink', { from: 'b', to: 'a' })).answer.ended,
      1,
      'in either direction'
    )
    t.equal((await ada!.call('graph_unlink', { from: 'a', to: 'b' })).answer.ended, 0)
    t.equal((await ada!.call('memory_get_related', { node_id: 'a' })).answer.related_count, 0)
    t.same(
      names((await ada!.call('memory_get_related', { node_id: 'a', at: before })).answer),
      ['b'],
      'as it held then'
    )
    t.equal((await ada!.call('graph_link', { from: 'a', to: 'b' })).answer.created, true)
  }
)

t.test('a fact of the past is noted with its time', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('graph_link', {
    from: 'person:Ada',
    to: 'organization:Acme',
    type: 'works_on',
    valid_from: '2020-01-01',
    valid_until: '2022-01-01'
  })
  const asked = (at: string) =>
    ada!
      .call('memory_get_related', { node_id: 'person:ada', at })
      .then(({ answer }) => names(answer))
  t.same(await asked('2021-06-01'), ['Acme'])
  t.same(await asked('2019-06-01'), [])
  t.same(await asked('2023-06-01'), [])
  t.match(
    await ada!.refusal('graph_link', {
      from: 'person:Ada',
      to: 'organization:Acme',
      valid_from: '2022-01-01',
      valid_until: '2020-01-01'
    }),
    /after valid_from/
  )
})

t.test('shared tags and recalls at one time are suggestions, never links', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'seed', value: 's', tags: ['boat', 'common'] })
  await ada!.call('memory_store', { key: 'rare', value: 'r', tags: ['boat'] })
  for (let i = 0; i < 4; i++) {
    await ada!.call('memory_store', { key: `often${i}`, value: 'o', tags: ['common'] })
  }
  await ada!.call('memory_store', { key: 'recalled', value: 'x' })
  for (const key of ['seed', 'recalled']) await ada!.call('memory_recall', { key })
  const { related_count: count, suggestions } = (
    await ada!.call('memory_get_related', { node_id: 'seed' })
  ).answer
  t.equal(count, 0)
  t.match(suggestions[0], { key: 'rare', why: 'shares the tags boat' })
  t.ok(
    suggestions.some(
      ({ key, why }: { key: string; why: string }) => key === 'recalled' && /recalled/.test(why)
    )
  )
  t.equal(suggestions.length, 5)
  await ada!.call('graph_link', { from: 'rare', to: 'seed' })
  const after = (await ada!.call('memory_get_related', { node_id: 'seed' })).answer
  t.notOk(
    after.suggestions.some(({ key }: { key: string }) => key === 'rare'),
    'what is linked is no longer suggested'
  )
})

t.test(
  'what is not there is refused with what to do, and a deleted memory is not shown',
  async (t) => {
    const {
      callers: [ada, bob]
    } = await people('ada', 'bob')
    await ada!.call('memory_store', { key: 'a', value: 'secret of Ada' })
    await ada!.call('memory_store', { key: 'b', value: 'b' })
    await ada!.call('graph_link', { from: 'a', to: 'b' })
    await ada!.call('graph_link', { from: 'a', to: 'topic:ships' })
    t.match(
      await ada!.refusal('graph_link', { from: 'a', to: 'nothing' }),
      /no memory under key "nothing"[^]*type:name/
    )
    t.match(await ada!.refusal('graph_link', { from: 'a', to: 'a' }), /same thing/)
    t.match(await ada!.refusal('graph_link', { from: 'a', to: 'b', type: 'hates' }), /type/)
    t.match(await bob!.refusal('memory_get_related', { node_id: 'a' }), /no memory/)
    t.match(
      await bob!.refusal('memory_get_related', { node_id: 'topic:ships' }),
      /nothing else of that name/
    )
    await ada!.call('memory_delete', { key: 'b' })
    t.same(names((await ada!.call('memory_get_related', { node_id: 'a' })).answer), ['ships'])
  }
)

t.test(
  'a recorded exchange is found as a conversation, with its topic, and counts in the pattern',
  async (t) => {
    const {
      callers: [ada, bob]
    } = await people('ada', 'bob')
    const record = (query: string, response: string, topic?: string) =>
      ada!.call('memory_record_interaction', {
        query,
        response,
        ai_platform: 'ChatGPT',
        session_id: 's1',
        ...(topic && { metadata: { topic } })
      })
    const { answer } = await record(
      'Where does the ferry to Samos start?',
      'From Piraeus, gate seven.',
      'Travel'
    )
    t.match(answer, {
      status: 'recorded',
      interaction_id: /^interaction_[0-9a-f]{8}$/,
      session_id: 's1',
      topic: 'Travel'
    })
    await record('And when?', 'At nine.', 'travel')
    await record('Thanks', 'You are welcome.')
    const { results } = (await ada!.call('memory_search', { query: 'ferry Samos' })).answer
    t.equal(results[0].value, 'Where does the ferry to Samos start?')
    t.ok(
      results.some(
        ({ value, session_id: session }: { value: string; session_id: string }) =>
          value === 'From Piraeus, gate seven.' && session === 's1'
      ),
      'the answer beside it is found too'
    )
    t.match((await ada!.call('memory_get_user_pattern')).answer.pattern, {
      total_interactions: 3,
      topics: [{ topic: 'Travel', interactions: 2 }],
      most_discussed_topic: 'Travel',
      avg_interactions_per_topic: 2,
      platforms: { ChatGPT: 3 }
    })
    t.same(
      names((await ada!.call('memory_get_related', { node_id: 'topic:travel' })).answer).length,
      2
    )
    t.equal((await bob!.call('memory_get_user_pattern')).answer.pattern.total_interactions, 0)
  }
)

t.test(
  'a deleted memory that is restored has its links again; one that is cleared for good leaves nothing in the graph',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    for (const key of ['seed', 'lost-key']) await ada!.call('memory_store', { key, value: key })
    await ada!.call('graph_link', { from: 'seed', to: 'lost-key' })
    await ada!.call('memory_record_interaction', { query: 'private question', response: 'answer' })
    await ada!.call('memory_delete', { key: 'lost-key' })
    t.same(names((await ada!.call('memory_get_related', { node_id: 'seed' })).answer), [])
    await ada!.call('memory_restore', { key: 'lost-key' })
    t.same(names((await ada!.call('memory_get_related', { node_id: 'seed' })).answer), ['lost-key'])
    for (const { key } of (await ada!.call('memory_list', { limit: 10 })).answer.memories) {
      if (key !== 'seed') await ada!.call('memory_delete', { key })
    }
    await db
      .updateTable('memory_versions')
      .set({ updated_at: new Date(0) })
      .where('user_id', '=', ada!.user_id)
      .execute()
    await tidyMemories(db)
    const left = await db
      .selectFrom('graph_nodes')
      .select('name')
      .where('user_id', '=', ada!.user_id)
      .execute()
    t.same(
      left.map(({ name }) => name),
      ['seed']
    )
    t.same(
      await db
        .selectFrom('graph_edges')
        .select('edge_id')
        .where('user_id', '=', ada!.user_id)
        .execute(),
      []
    )
  }
)

t.test(
  'two links of the same new things in both directions do not wait for each other',
  { skip: !onPostgres && 'the embedded database does one thing after the other' },
  async (t) => {
    const {
      settings,
      callers: [ada]
    } = await people('ada')
    const [other, watch] = [await databaseClient(t, settings), await databaseClient(t, settings)]
    const insert = (name: string) =>
      other.query(
        'insert into graph_nodes (user_id, node_id, type, name) values ($1, $2, $3, $4)',
        [ada!.user_id, `topic:${name}`, 'topic', name]
      )
    await other.query('begin')
    await insert('a')
    const linked = ada!.call('graph_link', { from: 'topic:b', to: 'topic:a' })
    await untilWaiting(watch)
    await insert('b')
    await other.query('commit')
    t.match((await linked).answer, { created: true })
  }
)

import { sql } from 'kysely'
import t from 'tap'
import { people } from '../caller.ts'
import { names } from './related-names.ts'

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
    const insertNodes = sql`insert into graph_nodes (user_id, node_id, type, name)
      select ${ada!.user_id}, 'topic:' || i, 'topic', i::text
      from generate_series(0, ${nodes}::integer - 1) i`
    await insertNodes.execute(db)
    const insertEdges = sql`insert into graph_edges
        (user_id, from_node, to_node, type, weight, source)
      select ${ada!.user_id}, 'topic:' || i,
        'topic:' || ((i * 7 + step * 131 + 1) % ${nodes}::integer), 'related_to', 1,
        '{"kind":"api_key","name":"x"}'
      from generate_series(0, ${nodes}::integer - 1) i, generate_series(1, 8) step
      on conflict do nothing`
    await insertEdges.execute(db)
    /** Walks three times: the fastest time is the cost, and the others are the machine's load. */
    const walk = async (depth: number) => {
      const times: number[] = []
      let related: any[] = []
      for (let run = 0; run < 3; run++) {
        const began = performance.now()
        const { answer } = await ada!.call('memory_get_related', { node_id: 'topic:1', depth })
        times.push(performance.now() - began)
        related = answer.related_nodes
      }
      return { related, ms: Math.min(...times) }
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
      depths.toSorted((nearer: number, farther: number) => nearer - farther)
    )
    const next = (await walk(1)).related
    t.equal(depths.filter((depth: number) => depth === 1).length, next.length)
  }
)

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

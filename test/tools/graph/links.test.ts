import t from 'tap'
import { tidyMemories } from '../../../domain/memory/expiry.ts'
import { databaseClient, onPostgres, untilWaiting } from '../../support/helper.ts'
import { people } from '../caller.ts'
import { names } from './related-names.ts'

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
  const namesAt = (at: string) =>
    ada!
      .call('memory_get_related', { node_id: 'person:ada', at })
      .then(({ answer }) => names(answer))
  t.same(await namesAt('2021-06-01'), ['Acme'])
  t.same(await namesAt('2019-06-01'), [])
  t.same(await namesAt('2023-06-01'), [])
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
      /no other thing of that name/
    )
    await ada!.call('memory_delete', { key: 'b' })
    t.same(names((await ada!.call('memory_get_related', { node_id: 'a' })).answer), ['ships'])
  }
)

t.test(
  'a restored memory has its links again; a purged one leaves nothing in the graph',
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
    const [operator, watch] = [await databaseClient(t, settings), await databaseClient(t, settings)]
    const insert = (name: string) =>
      operator.query(
        'insert into graph_nodes (user_id, node_id, type, name) values ($1, $2, $3, $4)',
        [ada!.user_id, `topic:${name}`, 'topic', name]
      )
    await operator.query('begin')
    await insert('a')
    const linked = ada!.call('graph_link', { from: 'topic:b', to: 'topic:a' })
    await untilWaiting(watch)
    await insert('b')
    await operator.query('commit')
    t.match((await linked).answer, { created: true })
  }
)

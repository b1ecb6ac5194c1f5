import t from 'tap'
import { people } from '../caller.ts'

t.test('an update changes what it names and nothing else', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', {
    key: 'car',
    value: 'a red Volvo',
    tags: ['vehicle'],
    importance: 0.8,
    metadata: { year: 1999 },
    speaker: 'Ada',
    expires_at: '2999-01-01'
  })
  const { answer, text } = await ada!.call('memory_update', {
    key: 'car',
    value: 'a green Saab',
    expires_at: null,
    importance: '0.3'
  })
  t.match(answer, { key: 'car', value: 'a green Saab', agent_name: 'global' })
  t.same([...answer.changed].sort(), ['expires_at', 'importance', 'value'])
  const { answer: recalled } = await ada!.call('memory_recall', { key: 'car' })
  t.match(recalled, {
    value: 'a green Saab',
    tags: ['vehicle'],
    importance: 0.3,
    metadata: { year: 1999 },
    speaker: 'Ada'
  })
  t.notOk('expires_at' in recalled)
  t.match(text, /a green Saab/)
  const keys = async (query: string) =>
    (await ada!.call('memory_search', { query })).answer.results.map(
      ({ key }: { key: string }) => key
    )
  t.same(await keys('Volvo'), [])
  t.same(await keys('Saab'), ['car'])
  await ada!.call('memory_update', { key: 'car', tags: ['sold'] })
  t.same(await keys('vehicle'), [])
  t.same(await keys('sold'), ['car'])
  t.same(await keys('Ada'), ['car'])
})

t.test('an update empties a field by null, and by nothing else', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const whole = {
    value: 'the spare key is under the pot',
    tags: ['home'],
    type: 'fact',
    metadata: { a: 1 },
    session_id: 's',
    speaker: 'Ada',
    occurred_at: '2020-01-01',
    expires_at: '2999-01-01'
  }
  await ada!.call('memory_store', { key: 'k', ...whole })
  const empty = Object.fromEntries(Object.keys(whole).map((name) => [name, '']))
  t.same(
    (
      await ada!.call('memory_update', {
        key: 'k',
        importance: 0.9,
        agent_name: '',
        ...empty,
        tags: ['']
      })
    ).answer.changed,
    ['importance']
  )
  t.match((await ada!.call('memory_recall', { key: 'k' })).answer, {
    ...whole,
    occurred_at: '2020-01-01T00:00:00.000Z',
    expires_at: '2999-01-01T00:00:00.000Z',
    importance: 0.9
  })
  t.match(await ada!.refusal('memory_update', { key: 'k', ...empty }), /nothing to change/)
  t.match(
    await ada!.refusal('memory_update', { key: 'k', value: null, tags: null }),
    /value cannot be empty/
  )
  const nulls = {
    tags: null,
    type: null,
    metadata: null,
    session_id: null,
    speaker: null,
    occurred_at: null,
    expires_at: null,
    importance: null
  }
  t.same(
    (await ada!.call('memory_update', { key: 'k', ...nulls })).answer.changed.sort(),
    Object.keys(nulls).sort()
  )
  const { answer } = await ada!.call('memory_recall', { key: 'k' })
  t.match(answer, { value: whole.value, tags: [], type: 'normal', metadata: {}, importance: 0.5 })
  t.notOk(['session_id', 'speaker', 'occurred_at', 'expires_at'].some((name) => name in answer))
})

t.test('updates of different fields at once all hold', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'old' })
  await Promise.all([
    ada!.call('memory_update', { key: 'k', value: 'zebra' }),
    ada!.call('memory_update', { key: 'k', tags: ['giraffe'] }),
    ada!.call('memory_update', { key: 'k', speaker: 'Okapi' })
  ])
  t.match((await ada!.call('memory_recall', { key: 'k' })).answer, {
    value: 'zebra',
    tags: ['giraffe'],
    speaker: 'Okapi'
  })
  t.equal(
    (await ada!.call('memory_search', { query: 'zebra giraffe okapi old' })).answer.results[0].why,
    'has zebra, giraffe, okapi'
  )
})

t.test('what is not there is refused in words that help', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'v', agent_name: 'thread_1' })
  for (const [name, args] of [
    ['memory_recall', {}],
    ['memory_update', { value: 'x' }],
    ['memory_delete', {}]
  ] as const) {
    t.match(
      await ada!.refusal(name, { key: 'k', ...args }),
      /^No memory under key "k" in namespace "global"\. .*memory_search/
    )
  }
  t.match(
    await ada!.refusal('memory_update', { key: 'k', agent_name: 'thread_1' }),
    /There is nothing to change/
  )
})

t.test('a deleted memory is gone, with its search terms', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'a walnut' })
  t.same((await ada!.call('memory_delete', { key: 'k' })).answer, {
    key: 'k',
    agent_name: 'global',
    deleted: true
  })
  await ada!.refusal('memory_delete', { key: 'k' })
  t.same((await ada!.call('memory_search', { query: 'walnut' })).answer.results, [])
  t.same(
    await db
      .selectFrom('memory_postings')
      .selectAll()
      .where('user_id', '=', ada!.user_id)
      .execute(),
    []
  )
  t.match((await ada!.call('memory_store', { key: 'k', value: 'again' })).answer, { created: true })
})

t.test(
  'a deletion is noted in the audit log, without what was deleted; one that is refused is not',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    await ada!.call('memory_store', { key: 'my secret', value: 'a walnut' })
    const [{ id }] = (await ada!.call('search', { query: 'walnut' })).answer.results
    await ada!
      .as({ kind: 'oauth', name: 'ChatGPT', client_id: 'c1', grant_id: 'g1' })
      .call('memory_delete', { key: 'my secret' })
    await ada!.refusal('memory_delete', { key: 'my secret' })
    const rows = await db
      .selectFrom('audit_logs')
      .selectAll()
      .where('user_id', '=', ada!.user_id)
      .execute()
    t.match(rows, [
      {
        action: 'memory.deleted',
        client_id: 'c1',
        grant_id: 'g1',
        details: { memory_id: id, by: 'ChatGPT' }
      }
    ])
    t.equal(rows.length, 1)
    t.notMatch(JSON.stringify(rows), /secret|walnut/)
  }
)

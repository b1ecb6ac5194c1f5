import t from 'tap'
import { expire, people } from '../caller.ts'

t.test('a stored memory is recalled as it was given', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const { answer, text } = await ada!.call('memory_store', {
    key: 'favorite-color',
    value: 'my favorite color is blue',
    tags: ['taste', 'taste', 'color'],
    importance: 0.9,
    metadata: { nested: { list: [1, 'two'] } },
    type: 'preference',
    session_id: 's1',
    speaker: 'Ada',
    occurred_at: '2026-03-01T09:00:00+02:00',
    expires_at: '2999-01-01'
  })
  t.same(answer, {
    key: 'favorite-color',
    value: 'my favorite color is blue',
    user_id: ada!.user_id,
    agent_name: 'global',
    created: true
  })
  t.ok(
    text.startsWith(
      '✅ Memory stored successfully:\n- Key: favorite-color\n' +
        `- Value: my favorite color is blue\n- User: ${ada!.user_id}`
    )
  )

  const {
    answer: { created_at: created, updated_at: updated, ...recalled },
    text: recalledText
  } = await ada!.call('memory_recall', { key: 'favorite-color' })
  t.same(recalled, {
    key: 'favorite-color',
    value: 'my favorite color is blue',
    agent_name: 'global',
    tags: ['taste', 'color'],
    importance: 0.9,
    type: 'preference',
    metadata: { nested: { list: [1, 'two'] } },
    session_id: 's1',
    speaker: 'Ada',
    occurred_at: '2026-03-01T07:00:00.000Z',
    expires_at: '2999-01-01T00:00:00.000Z',
    source: 'key of ada'
  })
  t.equal(new Date(created).toISOString(), created)
  t.equal(new Date(updated).toISOString(), updated)
  t.ok(recalledText.startsWith('my favorite color is blue\n'))
})

t.test('storing under a key again replaces the memory and tells the former value', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'city', value: 'Paris', tags: ['home'] })
  const { answer, text } = await ada!.call('memory_store', { key: 'city', value: 'Berlin' })
  t.match(answer, { created: false, replaced: 'Paris' })
  t.match(text, /- Replaced: Paris/)
  t.match((await ada!.call('memory_recall', { key: 'city' })).answer, { value: 'Berlin', tags: [] })
  t.same(
    (await ada!.call('memory_search', { query: 'Paris home' })).answer.results,
    [],
    'what it said before is not found any more'
  )
  t.match(
    (await ada!.call('memory_store', { key: 'city', value: 'Rome', agent_name: 'thread_1' }))
      .answer,
    { created: true },
    'another namespace is another memory'
  )
  t.match(
    (await ada!.call('memory_store', { key: 'city', value: 'Rome', agent_name: '' })).answer,
    { agent_name: 'global' },
    'an empty one is none'
  )
})

t.test('fifty stores at once are fifty memories', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      ada!.call('memory_store', { key: `key-${i}`, value: `value number ${i}` })
    )
  )
  t.ok(answers.every(({ answer }) => answer.created))
  t.equal((await ada!.call('memory_stats')).answer.total_memories, 50)
  t.equal((await ada!.call('memory_list', { limit: 100 })).answer.count, 50)
})

t.test(
  'of twenty stores of one key at once one creates, and each of the others replaces another one',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    const values = Array.from({ length: 20 }, (_, i) => `value${i}`)
    const answers = (
      await Promise.all(values.map((value) => ada!.call('memory_store', { key: 'one', value })))
    ).map(({ answer }) => answer)
    t.equal(answers.filter(({ created }) => created).length, 1)
    const { value: last } = (await ada!.call('memory_recall', { key: 'one' })).answer
    t.same(
      [...answers.flatMap(({ replaced }) => replaced ?? []), last].sort(),
      [...values].sort(),
      'no value was lost unseen'
    )
    const results = (await ada!.call('memory_search', { query: values.join(' ') })).answer.results
    t.match(
      results,
      [{ key: 'one', why: `has ${last}` }],
      'the search terms are those of the last value only'
    )
  }
)

t.test('an expired memory is nowhere, and its key is free', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', {
    key: 'k',
    value: 'the secret phrase',
    expires_at: '2999-01-01T00:00:00Z'
  })
  const [expiring] = (await ada!.call('search', { query: 'secret phrase' })).answer.results
  await expire(db, ada!, 'k')
  await ada!.refusal('memory_recall', { key: 'k' })
  await ada!.refusal('memory_update', { key: 'k', value: 'x' })
  await ada!.refusal('memory_delete', { key: 'k' })
  await ada!.refusal('fetch', { id: expiring.id })
  t.same((await ada!.call('memory_search', { query: 'secret phrase' })).answer.results, [])
  t.same((await ada!.call('search', { query: 'secret phrase' })).answer.results, [])
  t.same((await ada!.call('memory_list')).answer.memories, [])
  t.equal((await ada!.call('memory_stats')).answer.total_memories, 0)
  await db
    .updateTable('memories')
    .set({ created_at: new Date('2019-01-01'), access_count: 5 })
    .where('user_id', '=', ada!.user_id)
    .execute()
  t.match((await ada!.call('memory_store', { key: 'k', value: 'new' })).answer, {
    created: true,
    replaced: undefined
  })
  const row = await db
    .selectFrom('memories')
    .selectAll()
    .where('user_id', '=', ada!.user_id)
    .executeTakeFirstOrThrow()
  t.match(row, { access_count: 0, expires_at: null })
  t.ok(row.created_at > new Date('2020-01-01'))
})

t.test('recalling counts the use', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', { key: 'k', value: 'v' })
  await Promise.all([1, 2, 3].map(() => ada!.call('memory_recall', { key: 'k' })))
  const row = await db
    .selectFrom('memories')
    .select(['access_count', 'last_accessed_at', 'source'])
    .where('user_id', '=', ada!.user_id)
    .executeTakeFirstOrThrow()
  t.equal(row.access_count, 3)
  t.ok(row.last_accessed_at)
  t.same(row.source, { kind: 'api_key', name: 'key of ada', key_id: 'k1' })
})

t.test('the answer names a memory that says the same already, and both are kept', async (t) => {
  const {
    callers: [ada, bob]
  } = await people('ada', 'bob')
  const store = async (key: string, value: string, more = {}) =>
    await ada!.call('memory_store', { key, value, ...more })
  t.equal((await store('run-a1', 'server A runs take 41 ms')).answer.hint, undefined)
  t.equal(
    (await store('run-a2', 'server A runs take 42 ms')).answer.hint,
    undefined,
    'another number is another fact'
  )
  const third = await store('run-a3', 'Server A: runs take 41 ms.')
  t.match(third.answer.hint, /The memory "run-a1" says the same\. Both are kept/)
  t.match(third.text, third.answer.hint)
  t.match(
    (await store('run-a4', 'server a runs take 41 ms', { agent_name: 'work' })).answer.hint,
    /"run-a1" in namespace "global" says the same/
  )
  t.equal((await store('run-a1', 'server A runs take 43 ms')).answer.hint, undefined)
  t.equal(
    (await bob!.call('memory_store', { key: 'x', value: 'server A runs take 43 ms' })).answer.hint,
    undefined,
    "only the person's own"
  )
  t.equal((await ada!.call('memory_list')).answer.count, 3 + 1)
})

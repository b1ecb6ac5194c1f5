import t from 'tap'
import { type Caller, people } from '../caller.ts'

async function pages(
  caller: Caller,
  args: object
): Promise<Array<{ key: string; truncated?: boolean }[]>> {
  const all = []
  for (let cursor: string | undefined, more = true; more;) {
    const { answer, text } = await caller.call('memory_list', {
      ...args,
      ...(cursor && { cursor })
    })
    if (
      JSON.stringify({ content: [{ type: 'text', text }], structuredContent: answer }).length >=
      150_000
    ) {
      throw new Error('too long')
    }
    all.push(answer.memories)
    cursor = answer.next_cursor
    more = cursor !== undefined
  }
  return all
}

t.test('pages hold every memory once, the last changed first', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  for (let i = 0; i < 25; i++) {
    await ada!.call('memory_store', {
      key: `k${i}`,
      value: `v${i}`,
      agent_name: i % 5 === 0 ? 'fives' : 'global',
      tags: i % 2 ? ['odd'] : []
    })
  }
  await ada!.call('memory_update', { key: 'k3', value: 'changed' })
  const listed = await pages(ada!, { limit: 10 })
  t.same(
    listed.map(({ length }) => length),
    [10, 10, 5]
  )
  t.equal(listed[0]![0]!.key, 'k3')
  t.equal(new Set(listed.flat().map(({ key }) => key)).size, 25)
  t.equal((await pages(ada!, { limit: 2, agent_name: 'fives' })).flat().length, 5)
  t.equal((await pages(ada!, { tags: ['odd'] })).flat().length, 12)
  t.equal((await pages(ada!, { type: 'fact' })).flat().length, 0)
  t.match(await ada!.refusal('memory_list', { cursor: 'made up' }), /cursor is not valid/)
  t.match(
    await ada!.refusal('memory_list', {
      cursor: Buffer.from('9999-99-99T99:99:99.999999Z x').toString('base64url')
    }),
    /cursor/
  )
})

t.test('a page that would be too long ends earlier, and goes on by its cursor', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const tags = Array.from({ length: 64 }, (_, i) => `${i}${'t'.repeat(90)}`)
  for (let i = 0; i < 20; i++) {
    await ada!.call('memory_store', { key: `k${i}`, value: '"long" '.repeat(5000), tags })
  }
  const listed = await pages(ada!, { limit: 1000 })
  t.ok(listed.length > 1)
  t.equal(new Set(listed.flat().map(({ key }) => key)).size, 20)
  t.ok(listed.flat().every(({ truncated }) => truncated))
})

t.test('statistics count every memory', async (t) => {
  const {
    db,
    callers: [ada]
  } = await people('ada')
  t.match((await ada!.call('memory_stats')).answer, {
    total_memories: 0,
    namespaces: [],
    top_tags: [],
    analysis: { value_bytes: 0 }
  })
  await ada!.call('memory_store', { key: 'a', value: 'grün', tags: ['x', 'y'] })
  await ada!.call('memory_store', {
    key: 'b',
    value: 'grün',
    tags: ['x'],
    agent_name: 'n',
    type: 'fact',
    expires_at: '2999-01-01'
  })
  await db
    .updateTable('memories')
    .set({ created_at: new Date('2020-01-01'), updated_at: new Date('2020-01-01') })
    .where('user_id', '=', ada!.user_id)
    .where('key', '=', 'a')
    .execute()
  const { answer, text } = await ada!.call('memory_stats')
  t.match(answer, {
    total_memories: 2,
    namespaces: [
      { agent_name: 'global', memories: 1 },
      { agent_name: 'n', memories: 1 }
    ],
    types: [
      { type: 'fact', memories: 1 },
      { type: 'normal', memories: 1 }
    ],
    top_tags: [
      { tag: 'x', memories: 2 },
      { tag: 'y', memories: 1 }
    ],
    analysis: {
      value_bytes: 10,
      duplicates: 1,
      unchanged_90days: 1,
      unused_30days: 1,
      unused_90days: 1,
      expiring: 1
    },
    first_created_at: '2020-01-01T00:00:00.000Z'
  })
  t.match(text, /^2 memories, 10 bytes/)
  t.same(answer.versions, { former_versions: 0, restorable: 0 })
  t.match(answer.quota, { memories_used: 2, bytes_used: 10 })
  t.same(answer.recommendations, [
    '1 memory says the same as another one: delete the duplicates.',
    '1 memory was not used for 90 days: check which of them still hold.'
  ])
  t.equal((await ada!.call('memory_stats', { agent_name: 'n' })).answer.total_memories, 1)
  await ada!.call('memory_update', { key: 'b', agent_name: 'n', value: 'blau' })
  await ada!.call('memory_delete', { key: 'a' })
  const { answer: later, text: laterText } = await ada!
    .as({ kind: 'api_key', name: 'small' }, { memories: 1, bytes: 1000 })
    .call('memory_stats')
  t.same(
    [later.versions, later.quota],
    [
      { former_versions: 2, restorable: 1 },
      { memories_used: 1, memories_limit: 1, bytes_used: 14, bytes_limit: 1000 }
    ]
  )
  t.match(laterText, /The quota is nearly used up/)
})

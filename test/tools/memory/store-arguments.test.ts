import t from 'tap'
import { people } from '../caller.ts'

t.test('arguments are understood in the forms that clients send', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const old = {
    key: 'k',
    value: 'v',
    user_id: 'somebody-else',
    agent_name: 'global',
    tags: '["a","b"]',
    importance: '0.25',
    metadata: '{"x":1}',
    type: null
  }
  t.equal(
    (await ada!.call('kagura_tool_memory_store', old)).answer.user_id,
    ada!.user_id,
    'who calls is decided by the credential'
  )
  t.match((await ada!.call('memory_recall', { key: 'k' })).answer, {
    tags: ['a', 'b'],
    importance: 0.25,
    metadata: { x: 1 },
    type: 'normal'
  })

  const values = [
    [{ a: [1, 2] }, '{"a":[1,2]}'],
    [[1, 'x'], '[1,"x"]'],
    [42, '42'],
    [true, 'true'],
    ['{"stays":"text"}', '{"stays":"text"}']
  ]
  for (const [value, text] of values) {
    t.equal((await ada!.call('memory_store', { key: 'json', value })).answer.value, text)
  }
})

t.test('wrong arguments are refused with advice, and never reach the database', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  t.match(
    await ada!.refusal('memory_store', { key: 'k', value: 'v', importence: 1 }),
    /there is no importence\. Did you mean importance\?/
  )
  t.match(
    await ada!.refusal('memory_store', { key: 'k' }),
    /Invalid arguments: .*value.*call again/
  )
  t.match(await ada!.refusal('memory_store', []), /Invalid arguments/)
  t.match(await ada!.refusal('memory_store', [1]), /must be a JSON object/)
  t.match(
    await ada!.refusal('memory_store', { key: 'k', value: 'v', importance: 7 }),
    /importance must be <= 1/
  )
  t.match(
    await ada!.refusal('memory_store', { key: 'k', value: 'v', occurred_at: 'yesterday' }),
    /occurred_at "yesterday" is not a time\. Give ISO 8601, such as/
  )
  t.match(
    await ada!.refusal('memory_store', { key: 'k', value: 'v', expires_at: '2026-13-45' }),
    /expires_at "2026-13-45" is not a date/
  )
  t.match(
    await ada!.refusal('memory_store', {
      key: 'k',
      value: 'v',
      metadata: { long: 'x'.repeat(20_000) }
    }),
    /metadata is too long/
  )
  t.match(await ada!.refusal('memory_store', { key: 'k'.repeat(256), value: 'v' }), /key/)
  t.match(
    await ada!.refusal('memory_store', { key: 'e\u0301'.repeat(250), value: 'v' }),
    /key must not have more than 255 characters/
  )
  t.match(await ada!.refusal('memory_store', { key: 'k', value: 'x'.repeat(1_048_577) }), /value/)
  const deep: unknown[] = []
  for (let i = 0, at = deep; i < 5000; i++) at.push((at = []))
  t.match(
    await ada!.refusal('memory_store', { key: 'k', value: 'v', metadata: { deep } }),
    /nested more than/
  )
  t.equal((await ada!.call('memory_stats')).answer.total_memories, 0)
})

t.test(
  'the NUL character is refused wherever it stands, half characters are replaced',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    const places = [
      { key: 'a\0' },
      { value: '\0' },
      { tags: ['\0'] },
      { metadata: { x: { y: '\0' } } },
      { metadata: { 'k\0': 1 } },
      { metadata: '{"a":"\\u0000"}' },
      { value: { a: '\0' } }
    ]
    for (const place of places) {
      t.match(await ada!.refusal('memory_store', { key: 'k', value: 'v', ...place }), /NUL/)
    }
    t.match(await ada!.refusal('memory_search', { query: 'a\0' }), /NUL/)
    t.match(await ada!.refusal('fetch', { id: '\0' }), /NUL/)
    await ada!.call('memory_store', {
      key: 'k',
      value: 'half \ud83d',
      tags: ['\udc00'],
      metadata: { x: '\ud800' }
    })
    t.match((await ada!.call('memory_recall', { key: 'k' })).answer, {
      value: 'half \ufffd',
      tags: ['\ufffd'],
      metadata: { x: '\ufffd' }
    })
    await ada!.call('memory_store', { key: 'code', value: 'text.includes("\\u0000")' })
    t.equal(
      (await ada!.call('memory_recall', { key: 'code' })).answer.value,
      'text.includes("\\u0000")',
      'writing about it is allowed'
    )
  }
)

import t from 'tap'
import { people } from '../caller.ts'

t.test('search and fetch answer exactly in the form that ChatGPT reads', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await ada!.call('memory_store', {
    key: 'color',
    value: 'my favorite\ncolor is blue',
    tags: ['a', 'b'],
    metadata: { year: 2026, agent_name: 'fake' }
  })
  const searched = await ada!.call('search', { query: 'What is my favorite color?' })
  t.same(JSON.parse(searched.text), searched.answer)
  const [result] = searched.answer.results
  t.same(Object.keys(result).sort(), ['id', 'title', 'url'])
  t.equal(result.url, `https://memory.example/memories/${result.id}`)
  t.equal(result.title, 'color: my favorite color is blue')

  const fetched = await ada!.call('fetch', { id: result.id })
  t.same(JSON.parse(fetched.text), fetched.answer)
  t.match(fetched.answer, {
    id: result.id,
    title: 'color',
    text: 'my favorite\ncolor is blue',
    url: result.url,
    metadata: { agent_name: 'global', tags: 'a, b', year: '2026' }
  })
  t.same(Object.keys(fetched.answer).sort(), ['id', 'metadata', 'text', 'title', 'url'])
  t.match(await ada!.refusal('fetch', { id: 'nothing' }), /No memory with the id/)
})

t.test(
  'a document of 1 MiB of quotation marks stays below the limit, both forms together',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    const metadata = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`key${i}`, '"'.repeat(300)])
    )
    await ada!.call('memory_store', {
      key: '"'.repeat(255),
      value: `needle ${'"\n'.repeat(500_000)}`,
      metadata
    })
    const { id } = (await ada!.call('search', { query: 'needle' })).answer.results[0]
    const { answer, text } = await ada!.call('fetch', { id })
    t.equal(answer.metadata.truncated, 'true')
    t.ok(
      JSON.stringify({ content: [{ type: 'text', text }], structuredContent: answer }).length <
        150_000
    )
  }
)

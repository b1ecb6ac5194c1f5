import fc from 'fast-check'
import t from 'tap'
import { splitIntoChunks } from '../../../domain/memory/chunks.ts'
import { people } from '../caller.ts'

t.test('the chunks of any text put together are the text, and know where they begin', async (t) => {
  const texts = fc.array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.constantFrom('\n\n', '. ', '。', 'x'.repeat(1500), '🎉'.repeat(800), ' ')
    ),
    { maxLength: 40 }
  )
  fc.assert(
    fc.property(texts, (parts) => {
      const value = parts.join('')
      const chunks = splitIntoChunks(value)
      t.equal(chunks.map(({ text }) => text).join(''), value)
      t.ok(
        chunks.every(
          ({ text }) => text.length <= 1200 && !/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/.test(text)
        )
      )
      t.ok(
        chunks.every(
          ({ text, start }) =>
            [...value].slice(start, start + 3).join('') ===
            [...text, ...[...value].slice(start + [...text].length)].slice(0, 3).join('')
        )
      )
    }),
    { numRuns: 50 }
  )
})

t.test('a long memory is read chunk by chunk', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const paragraphs = Array.from({ length: 12 }, (_, i) => `Paragraph ${i}. ${'word '.repeat(150)}`)
  await ada!.call('memory_store', { key: 'long', value: paragraphs.join('\n\n') })
  const { answer } = await ada!.call('memory_get_chunk_metadata', { parent_id: 'long' })
  t.equal(answer.total_chunks, answer.chunks.length)
  t.ok(answer.total_chunks >= 12)
  const around = (
    await ada!.call('memory_get_chunk_context', {
      parent_id: answer.chunks[0].parent_id,
      chunk_index: '3',
      context_size: 1
    })
  ).answer
  t.same(
    around.chunks.map(({ chunk_index: index }: { chunk_index: number }) => index),
    [2, 3, 4]
  )
  t.match(around.chunks[1].content, /^Paragraph 3\./)
  t.match(
    await ada!.refusal('memory_get_chunk_context', { parent_id: 'long', chunk_index: 500 }),
    /beyond the end: the memory has \d+ chunks/
  )
  t.match(
    await ada!.refusal('memory_get_chunk_metadata', { parent_id: 'nowhere' }),
    /no memory with the id "nowhere"/
  )
})

t.test(
  'a word in a value of 1 MiB is found and in the snippet, and its length earns no rank',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    const noise = 'the quick brown fox jumps over the lazy dog. '.repeat(11_000)
    await ada!.call('memory_store', {
      key: 'huge',
      value: `${noise}The password of the observatory is heliotrope. ${noise}`
    })
    await ada!.call('memory_store', { key: 'fox', value: 'A fox lives behind the shed' })
    await ada!.call('memory_store', { key: 'sky', value: 'The observatory opens at nine' })
    const { results } = (await ada!.call('memory_search', { query: 'password of the observatory' }))
      .answer
    t.equal(results[0].key, 'huge')
    t.match(results[0].snippet, /\*\*password\*\* of the \*\*observatory\*\* is heliotrope/)
    t.equal(
      (await ada!.call('memory_search', { query: 'where does the fox live' })).answer.results[0]
        .key,
      'fox'
    )
    t.equal(
      (await ada!.call('memory_search', { query: 'when does the observatory open' })).answer
        .results[0].key,
      'sky'
    )
  }
)

import t from 'tap'
import { snippetOf } from '../../../domain/memory/search/snippet.ts'
import { queryWords } from '../../../domain/memory/search/query-terms.ts'
import { memoryTerms } from '../../../domain/memory/search/terms.ts'
import { wordsOf } from '../../../domain/memory/search/words.ts'

/** This code runs in the one thread that answers all users. */
async function soon(what: string, work: () => unknown): Promise<void> {
  const began = performance.now()
  await work()
  const ms = performance.now() - began
  t.ok(ms < 1000, `${what}: ${Math.round(ms)} ms`)
}

t.test('no text is made so that its words take long to find', async () => {
  for (const joint of ['.', '-', '/', '_']) {
    const word = `a${joint.repeat(19_990)}b` // the square of its length took seconds
    await soon(`questions with ${joint}`, () => {
      for (let i = 0; i < 20; i++) queryWords(word)
    })
    await soon(`snippets of ${joint}`, () => {
      for (let i = 0; i < 20; i++) {
        snippetOf(word, ['b'], { languages: ['english'], open: false }, new Map())
      }
    })
  }
})

t.test('characters that are long words spelled out do not swell a text', async (t) => {
  const swollen = '\ufdfa'.repeat(1200) // eighteen characters each
  t.ok([...wordsOf(swollen)].join('').length < 4 * swollen.length)
  t.same([...wordsOf('said \ufdfa again')].at(-1), 'again')
  const memory = { key: 'k', tags: [], speaker: null, session_id: null, occurred_at: null }
  await soon('a memory of them', () => memoryTerms({ ...memory, value: '\ufdfa'.repeat(200_000) }))
})

t.test('others have their turn while a long memory is read', async (t) => {
  let turns = 0
  const others = setInterval(() => {
    turns++
  }, 0)
  const value = Array.from({ length: 150_000 }, (_, i) => `word${i}`).join(' ')
  await memoryTerms({
    key: 'k',
    tags: [],
    speaker: null,
    session_id: null,
    occurred_at: null,
    value
  })
  clearInterval(others)
  t.ok(turns > 1, `${turns} turns`)
})

import t from 'tap'
import { seed } from '../../bench/memory/seed.ts'
import { random, sentence, word } from '../../bench/memory/text.ts'
import { people } from '../tools/caller.ts'

const MEMORIES = 5000
const TIMES = 9
/** How much longer an odd query may take than an ordinary one. */
const FACTOR = 4

const median = (numbers: number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

/** Memories in other scripts, with identifiers, and of 1 MiB. */
function oddMemories(next: () => number): Record<string, string> {
  return {
    japanese: '東京タワーは港区にある電波塔で、夜になると美しくライトアップされます。',
    german: 'Die Donaudampfschifffahrtsgesellschaft hat ihre Häuser in der Weißstraße verkauft.',
    identifiers:
      'Call parseHTTPHeader() in src/net/http-client.ts, not PARSE_HTTP_HEADER_v2; ' +
      'see user_id and getUserById.',
    emoji: 'Party 🎉🎂 with 👩‍👩‍👧‍👦 and 🏳️‍🌈 at the 🗼',
    mebibyte: `${sentence(next, 150_000)} needlehere`.slice(-1_048_576),
    'mebibyte-japanese': '東京の夜景とラーメンの話。'.repeat(80_000).slice(0, 1_048_576)
  }
}

/** Queries, with the key of the first result if one is certain. */
function oddQueries(
  next: () => number
): Array<[what: string, query: string, first: string | undefined]> {
  return [
    ['Japanese', '港区の電波塔', 'japanese'],
    ['a long Japanese question', '東京タワーはどこにありますか。'.repeat(20), 'japanese'],
    ['German', 'Wem gehören die Häuser der Donaudampfschifffahrtsgesellschaft?', 'german'],
    ['an identifier', 'parseHTTPHeader user_id', 'identifiers'],
    ['a path', 'src/net/http-client.ts', 'identifiers'],
    ['emoji', '🎉🎂', 'emoji'],
    ['emoji joined of several', '👩‍👩‍👧‍👦', undefined],
    ['a word of a value of 1 MiB', 'needlehere', 'mebibyte'],
    ['a word of a Japanese value of 1 MiB', 'ラーメンの話', 'mebibyte-japanese'],
    ['nothing', '', undefined],
    ['spaces', ' '.repeat(10_000), undefined],
    ['punctuation', '?!... --- ((( ))) """', undefined],
    ['10,000 characters', sentence(next, 3000).slice(0, 10_000), undefined],
    ['10,000 characters of one word', 'a'.repeat(10_000), undefined],
    [
      '10,000 Japanese characters',
      '東京の夜景とラーメンと寿司の話を聞かせて'.repeat(500),
      undefined
    ],
    ['10,000 characters of punctuation', '.,;!'.repeat(2500), undefined],
    ['a word that nobody wrote', 'qxzvjk', undefined],
    ['operators', "' or 1=1; -- & | ! <-> :* %_\\", undefined],
    ['stop words', 'the and of to a in is it', undefined]
  ]
}

t.test(
  `each odd query has an answer, and takes at most ${FACTOR} times the median of ordinary ones`,
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    await seed(db, ada!.user_id, MEMORIES, 0)
    const next = random(7)
    const memories = oddMemories(next)
    for (const [key, value] of Object.entries(memories)) {
      await ada!.call('memory_store', { key, value })
    }

    const time = async (query: string) => {
      const times: number[] = []
      let answer
      for (let i = 0; i < TIMES; i++) {
        const began = performance.now()
        answer = (await ada!.call('memory_search', { query })).answer
        times.push(performance.now() - began)
      }
      return {
        ms: median(times),
        keys: answer!.results.map(({ key }: { key: string }) => key) as string[],
        reason: answer!.reason as string | undefined
      }
    }
    const ordinary: number[] = []
    for (let i = 0; i < 15; i++) {
      ordinary.push(
        (
          await time(
            `where is the ${word(next)} ${word(next)} and what did ${word(next)} say about it?`
          )
        ).ms
      )
    }
    const usual = median(ordinary)
    t.comment(`median of ordinary queries: ${usual.toFixed(1)} ms`)

    const odd = oddQueries(next)
    for (const [what, query, first] of odd) {
      const { ms, keys, reason } = await time(query)
      t.comment(`${what}: ${ms.toFixed(1)} ms, ${keys.length} found`)
      t.ok(
        ms <= FACTOR * usual,
        `${what}: ${ms.toFixed(1)} ms, ` +
          `${(ms / usual).toFixed(1)} times the usual ${usual.toFixed(1)} ms`
      )
      if (first !== undefined) t.equal(keys[0], first, what)
      else t.ok(keys.length > 0 || reason, what)
    }
  }
)

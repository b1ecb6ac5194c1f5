import t from 'tap'
import { ToolError } from '../../../tools/tool.ts'
import { spanOf } from '../../../tools/memory/when.ts'
import { type Caller, people } from '../caller.ts'

/** A Wednesday. */
const now = new Date('2026-03-18T15:30:00Z')
const span = (text: string) => {
  const { from, until } = spanOf(text, now)
  return [from?.toISOString().slice(0, 16), until?.toISOString().slice(0, 16)].join(' ').replaceAll('T00:00', '')
}

t.test('time words and ISO dates name a span', async (t) => {
  const expected: Record<string, string> = {
    today: '2026-03-18 2026-03-19',
    Yesterday: '2026-03-17 2026-03-18',
    'last week': '2026-03-09 2026-03-16',
    'this week': '2026-03-16 2026-03-23',
    'last month': '2026-02-01 2026-03-01',
    'last year': '2025-01-01 2026-01-01',
    'last 3 days': '2026-03-15T15:30 2026-03-18T15:30',
    'in the past two weeks': '2026-03-04T15:30 2026-03-18T15:30',
    last_24h: '2026-03-17T15:30 2026-03-18T15:30',
    '3 days ago': '2026-03-15 2026-03-16',
    'a week ago': '2026-03-09 2026-03-16',
    'two months ago': '2026-01-01 2026-02-01',
    monday: '2026-03-16 2026-03-17',
    'last Wednesday': '2026-03-11 2026-03-12',
    'in May': '2025-05-01 2025-06-01',
    'in May 2023': '2023-05-01 2023-06-01',
    'Sept 2023': '2023-09-01 2023-10-01',
    'on 8 May, 2023': '2023-05-08 2023-05-09',
    'May 8th, 2023': '2023-05-08 2023-05-09',
    2023: '2023-01-01 2024-01-01',
    '2023-05': '2023-05-01 2023-06-01',
    '2023-05-08': '2023-05-08 2023-05-09',
    '2023-05-08T10:00': '2023-05-08T10:00 2023-05-08T10:00',
    '2023-05-01..2023-05-31': '2023-05-01 2023-06-01',
    '2023-05-01:2023-05-31': '2023-05-01 2023-06-01',
    '2023-05-01/2023-06': '2023-05-01 2023-07-01',
    'between 2023 and 2024': '2023-01-01 2025-01-01',
    'since 2023-05-01': '2023-05-01 ',
    'before 2023-05-01': ' 2023-05-01',
    '': ' '
  }
  for (const [text, wanted] of Object.entries(expected)) t.equal(span(text), wanted, text)
})

t.test('what is no time is refused with examples', async (t) => {
  for (const text of ['soon', '2023-13', '2023-02-30', '31 Feb 2023', 'between 2024 and 2023', 'x'.repeat(100)]) {
    t.throws(() => spanOf(text, now), new ToolError(), text)
  }
  const { callers: [ada] } = await people('ada')
  t.match(await ada!.refusal('memory_search', { query: 'x', when: 'soon' }), /when is not understood: "soon".*yesterday/)
})

t.test('a search is kept to a time, by when it happened or else by when it was stored', async (t) => {
  const { callers: [ada] } = await people('ada')
  const find = async (caller: Caller, when: string) => (await caller.call('memory_search', { query: 'concert', when })).answer.results.map(({ key }: { key: string }) => key)
  await ada!.call('memory_store', { key: 'may', value: 'the concert', occurred_at: '2023-05-08T20:00:00Z' })
  await ada!.call('memory_store', { key: 'june', value: 'the concert', occurred_at: '2023-06-01' })
  await ada!.call('memory_store', { key: 'now', value: 'the concert' })
  t.same(await find(ada!, 'in May 2023'), ['may'])
  t.same((await find(ada!, '2023-05-08..2023-06-01')).sort(), ['june', 'may'])
  t.same(await find(ada!, 'last 2 days'), ['now'])
  t.equal((await ada!.call('memory_search', { query: 'concert on 8 May' })).answer.results[0].key, 'may', 'the words of the date are in the index')
})

import t from 'tap'
import { type Caller, people } from '../caller.ts'

const keys = async (caller: Caller, query: string, more: object = {}): Promise<string[]> =>
  (await caller.call('memory_search', { query, ...more })).answer.results.map(
    ({ key }: { key: string }) => key
  )

async function converse(
  caller: Caller,
  session: string,
  lines: string[],
  at: (line: number) => string | undefined
) {
  for (const [i, line] of lines.entries()) {
    const occurredAt = at(i)
    await caller.call('memory_store', {
      key: `${session}-${i}`,
      value: line,
      session_id: session,
      speaker: i % 2 ? 'Bea' : 'Ada',
      ...(occurredAt && { occurred_at: occurredAt })
    })
  }
}

t.test('what stands beside a match in its session is found too, and says so', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await converse(
    ada!,
    's1',
    [
      'Hello there',
      'Which lighthouse did you buy?',
      'The red one, for a song',
      'Congratulations',
      'Bye'
    ],
    () => '2026-01-05'
  )
  await ada!.call('memory_store', { key: 'fact', value: 'Nothing of this kind' })
  const { results } = (await ada!.call('memory_search', { query: 'lighthouse' })).answer
  t.same(
    results.map(({ key }: { key: string }) => key),
    ['s1-1', 's1-2', 's1-0', 's1-3']
  )
  t.match(results, [
    { matched: ['words'], why: 'has lighthouse' },
    { matched: ['session'], why: 'is next to a match in its session', session_id: 's1' }
  ])
  t.ok(results[1].score < results[0].score)
})

t.test('of equal matches the one wins whose session is about the question', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await converse(
    ada!,
    'boats',
    ['the harbour was full', 'we sailed the boat', 'wind and waves', 'lunch was good'],
    () => '2026-01-05'
  )
  await converse(
    ada!,
    'office',
    ['the printer was full', 'we moved the desk', 'paper and ink', 'lunch was good'],
    () => '2026-01-06'
  )
  t.same(
    (await keys(ada!, 'lunch after the boat')).filter((key) => key.endsWith('-3')),
    ['boats-3', 'office-3']
  )
})

t.test('a session is in the order of what happened, then of arrival', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const lines = ['zero', 'one', 'needle', 'three', 'four', 'five', 'six']
  await converse(ada!, 'late', lines, (i) => `2026-01-0${7 - i}T09:00:00Z`)
  t.same((await keys(ada!, 'needle')).sort(), ['late-0', 'late-1', 'late-2', 'late-3', 'late-4'])
  await converse(
    ada!,
    'swapped',
    ['alpha', 'beta', 'pin', 'gamma', 'delta'],
    (i) => ['2026-01-01', '2026-01-09', '2026-01-05', '2026-01-02', '2026-01-08'][i]
  )
  const [first, ...beside] = await keys(ada!, 'pin')
  t.equal(first, 'swapped-2')
  t.same(beside.slice(0, 2).sort(), ['swapped-3', 'swapped-4'], 'next to it in time')
  await converse(ada!, 'timeless', ['uno', 'dos', 'aguja', 'cuatro', 'cinco'], () => undefined)
  t.same(
    (await keys(ada!, 'aguja')).slice(1, 3).sort(),
    ['timeless-1', 'timeless-3'],
    'next to it in arrival'
  )
})

t.test('what a filter excludes is not found beside a match either', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await converse(ada!, 's', ['one', 'the comet', 'two'], (i) => `2026-02-0${i + 1}`)
  await ada!.call('memory_update', { key: 's-0', tags: ['sky'] })
  await ada!.call('memory_update', { key: 's-1', tags: ['sky'] })
  t.same(await keys(ada!, 'comet', { tags: ['sky'] }), ['s-1', 's-0'])
  t.same(await keys(ada!, 'comet', { when: '2026-02-02..2026-02-03' }), ['s-1', 's-2'])
  await ada!.call('memory_delete', { key: 's-2' })
  t.same(await keys(ada!, 'comet'), ['s-1', 's-0'])
})

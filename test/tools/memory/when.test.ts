import t from 'tap'
import { ToolError } from '../../../lib/tool-error.ts'
import { updateTimezone } from '../../../db/people/users.ts'
import { parseInstant } from '../../../domain/time/instant.ts'
import { spanOf } from '../../../domain/time/words.ts'
import { zoneOf } from '../../../domain/time/zone.ts'
import { type Caller, people } from '../caller.ts'

/** A Wednesday. */
const now = new Date('2026-03-18T15:30:00Z')
const span = (text: string, at = now, zone = 'UTC') => {
  const { from, until } = spanOf('when', text, at, zoneOf(zone))
  return [from?.toISOString().slice(0, 16), until?.toISOString().slice(0, 16)]
    .join(' ')
    .replaceAll('T00:00', '')
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
    'until 2023-05-01': ' 2023-05-02',
    'since yesterday': '2026-03-17 ',
    'last night': '2026-03-17T18:00 2026-03-18T06:00',
    'Monday evening': '2026-03-16T17:00 2026-03-17',
    'day before yesterday': '2026-03-16 2026-03-17',
    'November 28': '2025-11-28 2025-11-29',
    '28 Nov': '2025-11-28 2025-11-29',
    '29 Feb': '2024-02-29 2024-03-01',
    '28.11.2026': '2026-11-28 2026-11-29',
    '28/11/2025': '2025-11-28 2025-11-29',
    '11/28/2025': '2025-11-28 2025-11-29',
    'Nov 1-5': '2025-11-01 2025-11-06',
    'monday to wednesday': '2026-03-16 2026-03-19',
    'yesterday to today': '2026-03-17 2026-03-19',
    '2026-W10': '2026-03-02 2026-03-09',
    'last weekend': '2026-03-14 2026-03-16',
    'an hour ago': '2026-03-18T14:00 2026-03-18T15:00',
    gestern: '2026-03-17 2026-03-18',
    'la semaine dernière': '2026-03-09 2026-03-16',
    昨日: '2026-03-17 2026-03-18',
    '28. November 2025': '2025-11-28 2025-11-29',
    '28 de noviembre de 2025': '2025-11-28 2025-11-29',
    'yesterday +09:00': '2026-03-17T15:00 2026-03-18T15:00',
    '2026-11-29+09:00': '2026-11-28T15:00 2026-11-29T15:00',
    'yesterday in Europe/Berlin': '2026-03-16T23:00 2026-03-17T23:00',
    '2026-03-01T00:00+09:00/2026-03-02T00:00+09:00': '2026-02-28T15:00 2026-03-01T15:00',
    'all time': ' ',
    '': ' '
  }
  for (const [text, expectedSpan] of Object.entries(expected)) {
    t.equal(span(text), expectedSpan, text)
  }
})

t.test('what is no time is refused with examples', async (t) => {
  for (const text of [
    'soon',
    '2023-13',
    '2023-02-30',
    '2026-06-31',
    '31 Feb 2023',
    '31.02.2023',
    'between 2024 and 2023',
    'yesterday Mars/Crater',
    'x'.repeat(100)
  ]) {
    t.throws(() => spanOf('when', text, now), new ToolError(), text)
  }
  t.throws(
    () => spanOf('when', '11/12/2026', now),
    /can be two days: give 2026-11-12 or 2026-12-11/
  )
  const {
    callers: [ada]
  } = await people('ada')
  t.match(
    await ada!.refusal('memory_search', { query: 'x', when: 'soon' }),
    /when is not understood: "soon".*yesterday/
  )
})

t.test(
  'days are those of the zone, at midnight, across the change to summer time and back',
  async (t) => {
    const midnight = new Date('2026-11-29T15:30:00Z') // 00:30 on November 30 in Tokyo
    t.equal(span('yesterday', midnight, 'Asia/Tokyo'), '2026-11-28T15:00 2026-11-29T15:00')
    t.equal(
      span('last night', midnight, 'Asia/Tokyo'),
      '2026-11-29T09:00 2026-11-29T21:00',
      'the night that goes on'
    )
    t.equal(span('yesterday', midnight, 'America/New_York'), '2026-11-28T05:00 2026-11-29T05:00')
    t.equal(
      span('2026-03-29', now, 'Europe/Berlin'),
      '2026-03-28T23:00 2026-03-29T22:00',
      'a day of 23 hours'
    )
    t.equal(
      span('2026-10-25', now, 'Europe/Berlin'),
      '2026-10-24T22:00 2026-10-25T23:00',
      'a day of 25 hours'
    )
    t.equal(
      span('today', new Date('2026-04-24T12:00Z'), 'Africa/Cairo'),
      '2026-04-23T22:00 2026-04-24T21:00',
      'a day that begins at 1:00'
    )
  }
)

t.test(
  'a date that there is not is never another day, and one that can be two is refused',
  async (t) => {
    const read = (text: string) => parseInstant('occurred_at', text)?.toISOString()
    t.equal(read('03.02.2026'), '2026-02-03T00:00:00.000Z')
    t.equal(read('2024-02-29 10:30'), '2024-02-29T10:30:00.000Z')
    t.equal(
      parseInstant('at', '2026-07-01T10:00', zoneOf('Europe/Berlin'))?.toISOString(),
      '2026-07-01T08:00:00.000Z'
    )
    for (const text of [
      '2026-06-31',
      '2027-02-30',
      '2026-02-29',
      '2026-13-01',
      '31.06.2026',
      '2026-01-31T24:30',
      '2026-01-31T10:00+15:00',
      'tomorrow',
      '20260131x'
    ]) {
      t.throws(() => read(text), /occurred_at ".*(no date|no time|not).*call again/, text)
    }
    t.throws(() => read('3/2/2026'), /give 2026-03-02 or 2026-02-03/)
  }
)

t.test(
  'the zone of the account counts for time words and dates, and the argument before it',
  async (t) => {
    const {
      db,
      callers: [ada]
    } = await people('ada')
    await updateTimezone(db, ada!.user_id, 'America/New_York')
    await ada!.call('memory_store', {
      key: 'late',
      value: 'fireworks',
      occurred_at: '2026-11-28T23:30'
    })
    await ada!.call('memory_store', { key: 'day', value: 'fireworks', occurred_at: '2026-11-28' })
    t.equal(
      (await ada!.call('memory_recall', { key: 'late' })).answer.occurred_at,
      '2026-11-29T04:30:00.000Z'
    )
    const on = async (range: string, timezone?: string) =>
      (await ada!.call('memory_timeline', { time_range: range, timezone })).answer
    t.match(await on('2026-11-28'), {
      found: 2,
      time_range: { timezone: 'America/New_York', start: '2026-11-28T05:00:00.000Z' }
    })
    t.match(await on('2026-11-29', 'UTC'), {
      found: 1,
      results: [{ key: 'late' }],
      time_range: { timezone: 'UTC' }
    })
    t.match((await ada!.call('memory_search', { query: 'fireworks', when: '2026-11-28' })).answer, {
      results: { length: 2 },
      reason: /Time: 2026-11-28 00:00 to 2026-11-29 00:00 \(America\/New_York\)/
    })
    t.match(
      (await ada!.call('memory_list', { when: '2026-11-29', timezone: 'utc' })).answer.memories,
      [{ key: 'late' }]
    )
    t.match(
      (await ada!.call('memory_get_tool_history', { when: 'last night' })).answer.time,
      /America\/New_York/
    )
    t.match(
      await ada!.refusal('memory_list', { when: 'today', timezone: 'Berln' }),
      /"Berln" is not a time zone\. Did you mean Europe\/Berlin\?/
    )
  }
)

t.test('a memory that would be over at once is not stored, by a store or an update', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  t.match(
    await ada!.refusal('memory_store', { key: 'k', value: 'v', expires_at: '2020-01-01' }),
    /expires_at is in the past/
  )
  t.match(
    await ada!.refusal('memory_store', { key: 'k', value: 'v', expires_at: '2999-02-30' }),
    /2999-02-30 does not exist/
  )
  await ada!.call('memory_store', { key: 'k', value: 'v', expires_at: '2999-01-01' })
  t.match(
    await ada!.refusal('memory_update', { key: 'k', expires_at: '2020-01-01' }),
    /expires_at is in the past/
  )
  t.match((await ada!.call('memory_recall', { key: 'k' })).answer, {
    expires_at: '2999-01-01T00:00:00.000Z'
  })
})

t.test(
  'a search is kept to a time, by when it happened or else by when it was stored',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    const find = async (caller: Caller, when: string) =>
      (await caller.call('memory_search', { query: 'concert', when })).answer.results.map(
        ({ key }: { key: string }) => key
      )
    await ada!.call('memory_store', {
      key: 'may',
      value: 'the concert',
      occurred_at: '2023-05-08T20:00:00Z'
    })
    await ada!.call('memory_store', {
      key: 'june',
      value: 'the concert',
      occurred_at: '2023-06-01'
    })
    await ada!.call('memory_store', { key: 'now', value: 'the concert' })
    t.same(await find(ada!, 'in May 2023'), ['may'])
    t.same((await find(ada!, '2023-05-08..2023-06-01')).sort(), ['june', 'may'])
    t.same(await find(ada!, 'last 2 days'), ['now'])
    t.equal(
      (await ada!.call('memory_search', { query: 'concert on 8 May' })).answer.results[0].key,
      'may',
      'the words of the date are in the index'
    )
  }
)

import t from 'tap'
import { type Caller, people } from '../caller.ts'

async function store(caller: Caller, memories: Record<string, string>, more: object = {}) {
  for (const [key, value] of Object.entries(memories)) {
    await caller.call('memory_store', { key, value, ...more })
  }
}
const keys = async (caller: Caller, query: string, more: object = {}): Promise<string[]> =>
  (await caller.call('memory_search', { query, ...more })).answer.results.map(
    ({ key }: { key: string }) => key
  )

t.test('a question in plain words finds the memory that answers it first', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, {
    color: 'my favorite color is blue',
    deploy: 'We deploy the API on Fridays with a canary release',
    dog: "Ada's dog is called Bertha and she likes long walks",
    paint: 'the house was painted in another color last year',
    food: 'I do not eat fish'
  })
  t.equal(
    (
      await keys(ada!, 'So tell me, what might be the favorite color of the person you talk to?')
    )[0],
    'color',
    'most of these words are in no memory'
  )
  t.equal(
    (await keys(ada!, 'When do we usually do our deployments?'))[0],
    'deploy',
    'word forms are one'
  )
  t.equal((await keys(ada!, "what's the name of the dog?"))[0], 'dog')
  t.same(await keys(ada!, 'quantum chromodynamics'), [])

  const { answer, text } = await ada!.call('memory_search', { query: 'favorite color?', k: 1 })
  t.match(answer, {
    search_mode: 'lexical',
    results: [
      {
        key: 'color',
        agent_name: 'global',
        value: 'my favorite color is blue',
        snippet: 'my **favorite** **color** is blue',
        matched: ['words'],
        why: 'has favorite, color'
      }
    ]
  })
  t.equal(answer.results.length, 1)
  t.ok(answer.results[0].score > 0)
  t.match(text, /my favorite color is blue/)
})

t.test('better matches come before weaker ones, equal ones by their last change', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, { first: 'apple', second: 'apple', third: 'apple pear', fourth: 'pear' })
  t.same((await keys(ada!, 'apple')).slice(0, 2), ['second', 'first'])
  await ada!.call('memory_update', { key: 'first', importance: 1 })
  t.same((await keys(ada!, 'apple')).slice(0, 2), ['first', 'second'])
  t.equal((await keys(ada!, 'apple pear'))[0], 'third')
  const { results } = (await ada!.call('memory_search', { query: 'apple pear' })).answer
  t.same(
    results,
    [...results].sort((a: { score: number }, b: { score: number }) => b.score - a.score)
  )
})

t.test('Japanese, German, accents, other scripts and pictures are found', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, {
    ja: '私の好きな色は青です。検索エンジンの仕事をしています。',
    'ja-food': '昨日は寿司を食べました',
    ko: '제가 가장 좋아하는 색은 파란색입니다',
    de: 'Meine Lieblingsfarbe ist Grün, und ich wohne in der Gärtnerstraße',
    fr: "L'été dernier à Orléans, un café crème",
    ru: 'Мой любимый цвет синий',
    party: 'the party 🎉 was great',
    half: 'ｈａｌｆｗｉｄｔｈ ﾃｽﾄ'
  })
  t.equal((await keys(ada!, '好きな色は何ですか？'))[0], 'ja')
  t.equal((await keys(ada!, '検索'))[0], 'ja')
  t.equal((await keys(ada!, '青'))[0], 'ja', 'one character is enough')
  t.equal((await keys(ada!, '寿司'))[0], 'ja-food')
  t.equal((await keys(ada!, '좋아하는 색'))[0], 'ko')
  t.equal((await keys(ada!, 'Was ist meine Lieblingsfarbe?'))[0], 'de')
  t.same(await keys(ada!, 'gartnerstrasse'), ['de'])
  t.same(await keys(ada!, 'ORLEANS'), ['fr'])
  t.equal((await keys(ada!, 'какой любимый цвет'))[0], 'ru')
  t.same(await keys(ada!, '🎉'), ['party'])
  t.equal((await keys(ada!, 'テスト'))[0], 'half')
})

t.test('code identifiers and paths are found whole and by their parts', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, {
    function: 'the bug is in getHTTPResponseCode() of src/net/httpClient.ts',
    column: 'the column is called user_id',
    language: 'the old part is written in C++, the new one in C#',
    'release-checklist': 'tag v1.2.3 and publish'
  })
  for (const query of [
    'getHTTPResponseCode',
    'gethttpresponsecode',
    'response code',
    'src/net/httpClient.ts',
    'httpClient.ts',
    'http client'
  ]) {
    t.equal((await keys(ada!, query))[0], 'function', query)
  }
  for (const query of ['user_id', 'userId', 'id of the user']) {
    t.equal((await keys(ada!, query))[0], 'column', query)
  }
  t.same(await keys(ada!, 'c++'), ['language'])
  t.equal((await keys(ada!, 'v1.2.3'))[0], 'release-checklist')
  t.equal(
    (await keys(ada!, 'checklist of the release'))[0],
    'release-checklist',
    'the key is searched too'
  )
})

t.test('a query without words gets an empty answer that says why', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, { k: 'something', 'who-am-i': 'Ada' })
  for (const query of ['', '   ', '?!… --- ()', '\u200b\ufe0f']) {
    t.match((await ada!.call('memory_search', { query })).answer, {
      results: [],
      search_mode: 'lexical',
      reason: /no words/
    })
    t.same((await ada!.call('search', { query })).answer, { results: [] })
  }
  t.match((await ada!.call('memory_search', { query: 'nowhere' })).answer, {
    results: [],
    reason: /No memory contains/
  })
  t.equal(
    (await keys(ada!, 'who am I?'))[0],
    'who-am-i',
    'common words are asked for when there is nothing else'
  )
})

t.test(
  'filters come before the ranking, and all namespaces are searched without one',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    await store(ada!, { a: 'tea', b: 'tea tea tea' })
    await store(
      ada!,
      { c: 'tea' },
      { agent_name: 'thread_1', tags: ['x', 'y'], type: 'fact', session_id: 's1' }
    )
    t.same((await keys(ada!, 'tea')).sort(), ['a', 'b', 'c'])
    t.same(await keys(ada!, 'tea', { agent_name: 'thread_1' }), ['c'])
    t.same(await keys(ada!, 'tea', { tags: ['x', 'y'], k: 1 }), ['c'])
    t.same(await keys(ada!, 'tea', { tags: '["x"]', type: 'fact', k: '1' }), ['c'])
    t.same(await keys(ada!, 'tea', { tags: ['x', 'z'] }), [])
    t.match(await ada!.refusal('memory_search', { query: 'tea', k: 101 }), /k must be <= 100/)
  }
)

t.test('values of 1 MiB of any kind are stored, found and answered cut', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  const mebibyte = 1_048_576
  const values = {
    prose:
      'the quick brown fox jumps over the lazy dog. '.repeat(24_000).slice(0, mebibyte - 20) +
      ' needle in haystack',
    unbroken: 'x'.repeat(mebibyte),
    japanese: '色'.repeat(mebibyte),
    dashes: 'a-'.repeat(mebibyte / 2),
    quotes: '"\\'.repeat(mebibyte / 2),
    humps: 'Ab'.repeat(mebibyte / 2)
  }
  for (const [key, value] of Object.entries(values)) {
    const stored = await ada!.call('memory_store', { key, value })
    const recalled = await ada!.call('memory_recall', { key })
    for (const { answer, text } of [stored, recalled]) {
      t.equal(answer.truncated, true)
      t.ok(value.startsWith(answer.value))
      t.ok(
        JSON.stringify({ content: [{ type: 'text', text }], structuredContent: answer }).length <
          150_000
      )
    }
  }
  t.same(await keys(ada!, 'needle haystack'), ['prose'])
  for (const query of ['fox 色 quick', '色', 'prose unbroken japanese dashes quotes humps']) {
    const { answer, text } = await ada!.call('memory_search', { query, k: 100 })
    t.ok(answer.results.length > 0)
    t.ok(
      JSON.stringify({ content: [{ type: 'text', text }], structuredContent: answer }).length <
        150_000
    )
  }
})

t.test('a query of 10,000 characters is answered like a short one', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, { color: 'my favorite color is blue', other: 'something else' })
  const long = Array.from({ length: 1500 }, (_, i) => `word${i}`)
    .join(' ')
    .slice(0, 9970)
  t.same(await keys(ada!, `${long} favorite color blue`), ['color'])
  t.same(await keys(ada!, '色'.repeat(10_000)), [])
})

t.test('every word of a value is found, however common it is', async (t) => {
  const {
    callers: [ada]
  } = await people('ada')
  await store(ada!, {
    n1: 'Don prefers black coffee',
    n2: 'Our IT department sits in building 7',
    n3: 'The WHO report is overdue',
    n4: 'Will moved to Kent',
    n5: 'We won the Oslo tender',
    n6: 'to be or not to be',
    n7: 'The film Her made me cry',
    n8: 'Appointment with Dr. Few on Monday',
    n9: 'Our drink is what the guests get'
  })
  for (const [query, key] of [
    ['Don', 'n1'],
    ['IT', 'n2'],
    ['WHO', 'n3'],
    ['Will', 'n4'],
    ['won', 'n5'],
    ['to be or not to be', 'n6'],
    ['Her', 'n7'],
    ['few', 'n8'],
    ['will', 'n4']
  ] as const) {
    t.equal((await keys(ada!, query))[0], key, query)
  }
  t.ok(
    (await keys(ada!, 'what does Don drink')).slice(0, 2).includes('n1'),
    'a name counts beside other words'
  )
  t.ok(
    (await keys(ada!, 'what does don drink')).includes('n1'),
    'and so does a rare word that is on a list of common ones'
  )
  t.equal(
    (await keys(ada!, 'is the report in the building'))[0],
    'n3',
    'common words count little beside others'
  )
})

/**
 * Facts of one sentence, which hardly tell their language, and words that they are asked for by.
 */
const facts: ReadonlyArray<readonly [fact: string, ...queries: string[]]> = [
  ['Trinkt morgens zwei Tassen Kaffee', 'Tasse'],
  ['Sucht Wohnungsschlüssel', 'Schlüssel', 'Wohnung'],
  ['Mein Bruder ist Bäcker', 'Bäckerei'],
  ['Mag Äpfel', 'Apfel'],
  ['Käyn saunassa joka lauantai', 'sauna'],
  ['Syön pähkinöitä', 'pähkinä'],
  ['Läser böckerna om Mumin', 'böcker'],
  ['Glömde bilnycklarna hemma', 'nycklar'],
  ['Kedileri çok severim', 'kedi'],
  ['Sabahları kahveyi sade içer', 'kahve'],
  ['Szeretem a macskákat', 'macska', 'macskakat'],
  ['Házban lakik', 'ház', 'haz'],
  ['Má ráda kočky', 'kočka'],
  ['Czyta książki', 'książka'],
  ['Читает книги', 'книга'],
  ['Читає листи', 'лист'],
  ['Tiene dos perros', 'perro'],
  ['Possède deux chats', 'chat'],
  ['Ama i libri antichi', 'libro'],
  ['Gosta de maçãs', 'maçã', 'maca'],
  ['Woont boven de slagerij', 'slager'],
  ['Αγαπά τις γάτες', 'γάτα'],
  ['הספרים נמצאים במדף', 'ספרים', 'ספר', 'מדף'],
  ['किताबें घर पर हैं', 'किताब'],
  ['والسيارة حمراء', 'سيارة'],
  ['カギは棚の上', 'かぎ', 'ｶｷﾞ'],
  ['他养了两只鸟', '鸟'],
  ['책을 읽는다', '책'],
  ['Thích uống cà phê sữa', 'ca phe'],
  ['Budget is 12,500.50 euros', '12500', '12500.50', '12.500,50'],
  ['Rent of 48500 a year', '48,500', '48.500', '48 500'],
  ['Ticket POL-358 is open', 'pol358', 'POL 358'],
  ['Ticket abc77 is closed', 'ABC-77', 'abc 77'],
  ['Weighs 3,5 kg', '3.5'],
  ['Phone 0170 123 45 67', '01701234567'],
  ['Has Wi-Fi at home', 'wifi'],
  ['Runs 10km daily', '10 km']
]

t.test(
  'short facts are found by other forms of their words, in whatever language and spelling',
  async (t) => {
    const {
      callers: [ada]
    } = await people('ada')
    for (const [i, [fact]] of facts.entries()) {
      await ada!.call('memory_store', { key: `k${i}`, value: fact })
    }
    for (const [i, [fact, ...queries]] of facts.entries()) {
      for (const query of queries) {
        t.ok((await keys(ada!, query)).includes(`k${i}`), `${query}: ${fact}`)
      }
    }
  }
)

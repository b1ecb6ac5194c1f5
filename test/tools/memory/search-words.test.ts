import t from 'tap'
import { people } from '../caller.ts'
import { keys, store } from './search.ts'

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
 * Facts of one sentence, too short to show their language, and queries for them.
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

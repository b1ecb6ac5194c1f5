/** Time words of other languages and their English. It is a list, so that nothing is guessed. */
const foreignPhrases: Record<string, string[]> = {
  today: [
    'heute',
    "aujourd'hui",
    'aujourd’hui',
    'hoy',
    'oggi',
    'hoje',
    'vandaag',
    'idag',
    'i dag',
    'tänään',
    'dzisiaj',
    'dnes',
    'bugün',
    'сегодня',
    '今日',
    '今天',
    '오늘'
  ],
  yesterday: [
    'gestern',
    'hier',
    'ayer',
    'ieri',
    'ontem',
    'gisteren',
    'igår',
    'i går',
    'eilen',
    'wczoraj',
    'včera',
    'tegnap',
    'dün',
    'вчера',
    '昨日',
    '昨天',
    '어제'
  ],
  'day before yesterday': [
    'vorgestern',
    'avant-hier',
    'anteayer',
    "l'altro ieri",
    "l'altroieri",
    'anteontem',
    'eergisteren',
    'i förrgår',
    'toissapäivänä',
    'позавчера',
    '一昨日',
    'おととい',
    '前天',
    '그제'
  ],
  tomorrow: [
    'demain',
    'domani',
    'amanhã',
    'imorgon',
    'i morgon',
    'huomenna',
    'jutro',
    'zítra',
    'holnap',
    'yarın',
    'завтра',
    '明日',
    '明天',
    '내일'
  ],
  'last night': [
    'letzte nacht',
    'gestern nacht',
    'la nuit dernière',
    'anoche',
    'ieri notte',
    'ontem à noite',
    'gisteravond',
    '昨夜',
    '昨晚',
    '어젯밤'
  ],
  'this week': [
    'diese woche',
    'cette semaine',
    'esta semana',
    'questa settimana',
    'deze week',
    'denna vecka',
    'tällä viikolla',
    'w tym tygodniu',
    'bu hafta',
    'на этой неделе',
    '今週',
    '这周',
    '本周',
    '이번 주'
  ],
  'last week': [
    'letzte woche',
    'vorige woche',
    'la semaine dernière',
    'la semana pasada',
    'semana pasada',
    'la settimana scorsa',
    'settimana scorsa',
    'semana passada',
    'vorige week',
    'förra veckan',
    'viime viikolla',
    'w zeszłym tygodniu',
    'geçen hafta',
    'на прошлой неделе',
    '先週',
    '上周',
    '上週',
    '지난주'
  ],
  'this month': [
    'diesen monat',
    'dieser monat',
    'ce mois-ci',
    'este mes',
    'questo mese',
    'este mês',
    'deze maand',
    'bu ay',
    '今月',
    '这个月',
    '本月',
    '이번 달'
  ],
  'last month': [
    'letzten monat',
    'letzter monat',
    'le mois dernier',
    'el mes pasado',
    'mes pasado',
    'il mese scorso',
    'mese scorso',
    'mês passado',
    'vorige maand',
    'förra månaden',
    'geçen ay',
    '先月',
    '上个月',
    '지난달'
  ],
  'this year': [
    'dieses jahr',
    'cette année',
    'este año',
    "quest'anno",
    'este ano',
    'dit jaar',
    'bu yıl',
    '今年',
    '올해'
  ],
  'last year': [
    'letztes jahr',
    "l'année dernière",
    'el año pasado',
    'año pasado',
    "l'anno scorso",
    'ano passado',
    'vorig jaar',
    'geçen yıl',
    '去年',
    '昨年',
    '작년'
  ]
}

/** Names of months that English does not have, by their number. */
const foreignMonths: Array<[string, string]> = [
  ['january', 'januar|jänner|janvier|enero|gennaio|janeiro|januari'],
  ['february', 'februar|février|febrero|febbraio|fevereiro|februari'],
  ['march', 'märz|mars|marzo|março|maart'],
  ['april', 'avril|abril|aprile'],
  ['may', 'mai|mayo|maggio|maio|mei|maj'],
  ['june', 'juni|juin|junio|giugno|junho'],
  ['july', 'juli|juillet|julio|luglio|julho'],
  ['august', 'août|agosto|augusti|augustus'],
  ['september', 'septembre|septiembre|settembre|setembro'],
  ['october', 'oktober|octobre|octubre|ottobre|outubro'],
  ['november', 'novembre|noviembre|novembro'],
  ['december', 'dezember|décembre|diciembre|dicembre|dezembro']
]

const englishByForeign = new Map(
  Object.entries(foreignPhrases).flatMap(([phrase, foreign]) =>
    foreign.map((words) => [words.normalize('NFC'), phrase] as const)
  )
)
const monthPatterns = foreignMonths.map(
  ([name, foreign]) => [new RegExp(`(?<![\\p{L}])(?:${foreign})(?![\\p{L}])`, 'gu'), name] as const
)

/** Lower-case time words, translated to English if their language is known. */
export function timeWordsInEnglish(text: string): string {
  const normalizedText = text
    .normalize('NFKC')
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/[−‐‑]/g, '-')
  const englishPhrase = englishByForeign.get(normalizedText)
  if (englishPhrase !== undefined) return englishPhrase
  let translatedText = normalizedText
    .replace(/^(?:seit|depuis|desde|vanaf|sinds) /, 'since ')
    .replace(/^am (?=\d)/, 'on ')
  for (const [foreign, name] of monthPatterns) {
    translatedText = translatedText.replace(foreign, name)
  }
  if (translatedText !== normalizedText) {
    translatedText = translatedText
      .replace(/^since (.+)$/, (_, rest: string) => `since ${englishByForeign.get(rest) ?? rest}`)
      .replace(/ (?:de|del|di) /g, ' ')
  }
  return translatedText
}

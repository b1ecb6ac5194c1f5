import snowball from 'snowball-stemmers'
import * as lists from 'stopword'
import { type LightLanguage, lightStems } from './light-stems.ts'
import { fold } from './words.ts'

/**
 * What is stemmed, by Snowball or lightly, and has a list of stop words: its name, its list, its
 * code for dates.
 */
const known = {
  english: ['eng', 'en'],
  german: ['deu', 'de'],
  french: ['fra', 'fr'],
  spanish: ['spa', 'es'],
  italian: ['ita', 'it'],
  portuguese: ['por', 'pt'],
  dutch: ['nld', 'nl'],
  swedish: ['swe', 'sv'],
  danish: ['dan', 'da'],
  norwegian: ['nob', 'nb'],
  finnish: ['fin', 'fi'],
  hungarian: ['hun', 'hu'],
  romanian: ['ron', 'ro'],
  turkish: ['tur', 'tr'],
  catalan: ['cat', 'ca'],
  czech: ['ces', 'cs'],
  russian: ['rus', 'ru'],
  arabic: ['ara', 'ar'],
  polish: ['pol', 'pl'],
  ukrainian: ['ukr', 'uk'],
  greek: ['ell', 'el'],
  hebrew: ['heb', 'he'],
  hindi: ['hin', 'hi']
} as const

export type Language = keyof typeof known
export const languages = Object.keys(known) as Language[]

/**
 * Snowball's English list has these beside the library's words; the last line is what is left of
 * don't and its kind.
 */
const furtherEnglish = [
  'myself ours ourselves yours yourself yourselves she hers herself its itself theirs themselves whom having does doing',
  'until against during above below down off again further once when why few more no nor not own so will just',
  'ain aren couldn didn doesn don hadn hasn haven isn shouldn wasn weren won wouldn'
].flatMap((line) => line.split(' '))

const stopWords = new Map<Language, ReadonlySet<string>>(
  languages.map((language) => {
    const words = lists[known[language][0]].map((word) => fold(word.toLowerCase()))
    return [language, new Set(language === 'english' ? [...words, ...furtherEnglish] : words)]
  })
)
const stemmers = new Map<Language, { stem: (word: string) => string }>()

/** Stems found before; a stemmer takes longer than everything else that is done to a word. */
const stems = new Map<string, readonly string[]>()
const MAX_STEMS = 50_000

const latin = /^\p{Script=Latin}{3,}$/u
const cyrillic = /^\p{Script=Cyrillic}{3,}$/u
const lightLanguages: ReadonlySet<string> = new Set([
  'polish',
  'ukrainian',
  'greek',
  'hebrew',
  'hindi'
] satisfies LightLanguage[])

/** Words of these scripts are of these languages, whatever stands around them. */
const scripts: Array<[RegExp, Language]> = [
  [/^\p{Script=Arabic}{3,}$/u, 'arabic'],
  [/^\p{Script=Greek}{3,}$/u, 'greek'],
  [/^\p{Script=Hebrew}{2,}$/u, 'hebrew'],
  [/^[\p{Script=Devanagari}\p{M}]{2,}$/u, 'hindi']
]
const notLatin: ReadonlySet<Language> = new Set([
  'russian',
  'ukrainian',
  ...scripts.map(([, language]) => language)
])

/** Languages that a word of Latin letters can be of. */
export const latinLanguages: readonly Language[] = languages.filter(
  (language) => !notLatin.has(language)
)

export function isStopWord(word: string, language: Language): boolean {
  return stopWords.get(language)!.has(word)
}

/**
 * The languages of a folded word in lower case by its letters; undefined for Latin ones, none for
 * what is not stemmed.
 */
export function languagesByScript(word: string): readonly Language[] | undefined {
  if (latin.test(word)) return undefined
  if (cyrillic.test(word)) {
    return /[ыэъ]/.test(word)
      ? ['russian']
      : /[ієґ]/.test(word)
        ? ['ukrainian']
        : ['russian', 'ukrainian']
  }
  const language = scripts.find(([script]) => script.test(word))?.[1]
  return language ? [language] : []
}

/**
 * The stem of a word in lower case; identifiers, numbers and words of another script stay as they
 * are.
 */
export function stem(word: string, language: Language): string {
  return stemsOf(
    word,
    languagesByScript(word)?.[0] ?? (notLatin.has(language) ? 'english' : language)
  )[0]!
}

/**
 * The folded stems of a word in lower case in a language that it can be of, at least one: as it is
 * written and without accents, since people leave them out and stemmers go by them.
 */
export function stemsOf(word: string, language: Language): readonly string[] {
  const name = `${language} ${word}`
  let known = stems.get(name)
  if (!known) {
    if (stems.size >= MAX_STEMS) stems.clear()
    stems.set(name, (known = findStems(word, language)))
  }
  return known
}

function findStems(word: string, language: Language): readonly string[] {
  const folded = fold(word)
  if (lightLanguages.has(language)) return lightStems(folded, language as LightLanguage)
  if (!latin.test(folded) && languagesByScript(folded)!.length === 0) return [folded]
  const stemmer = stemmers.get(language) ?? snowball.newStemmer(language)
  stemmers.set(language, stemmer)
  const ofFolded = fold(stemmer.stem(folded))
  if (language === 'arabic' && /^[وف]ال/u.test(folded)) {
    return [...new Set([ofFolded, fold(stemmer.stem(folded.slice(1)))])]
  } // and, so
  return folded === word || language === 'english'
    ? [ofFolded]
    : [...new Set([ofFolded, fold(stemmer.stem(word))])]
}

/**
 * The language of words in lower case, by how many of its stop words are among them, at least two;
 * English when that tells nothing.
 */
export function languageOf(
  words: readonly string[],
  among: readonly Language[] = languages
): Language {
  const script = scriptOf(words)
  if (script) return script
  let best: Language = 'english'
  let most = words.filter((word) => isStopWord(word, 'english')).length
  for (const language of among) {
    const count = words.filter((word) => isStopWord(word, language)).length
    if (count > Math.max(most, 1)) [best, most] = [language, count]
  }
  return best
}

/** The language of a script that most of the words are in. */
function scriptOf(words: readonly string[]): Language | undefined {
  const script = scripts.find(
    ([pattern]) => words.filter((word) => pattern.test(word)).length * 2 > words.length
  )
  if (script) return script[1]
  const letters = words.filter((word) => cyrillic.test(word))
  if (letters.length * 2 <= words.length) return undefined
  return letters.some((word) => /[ієґ]/.test(word)) ? 'ukrainian' : 'russian'
}

/**
 * The languages that a text may be in. `open`: it says so little that it may be any of Latin
 * letters.
 */
export interface Reading {
  languages: readonly Language[]
  open: boolean
}

/**
 * Words of a text up to which it may be one in no language that is known; longer ones without stop
 * words are lists and data.
 */
const MAX_OPEN_WORDS = 100
/**
 * How near to the most stop words a language must come to count, too; and how many languages count
 * at most.
 */
const NEAR_MOST = 0.7
const MAX_LANGUAGES = 4

/**
 * The languages that words in lower case may be of, folded; English first when it tells nothing.
 */
export function readingOf(words: readonly string[]): Reading {
  const script = scriptOf(words)
  if (script) return { languages: [script], open: false }
  const counts = latinLanguages
    .map((language) => ({
      language,
      count: words.filter((word) => isStopWord(word, language)).length
    }))
    .sort((a, b) => b.count - a.count) // stable, so English is first among equals
  const most = counts[0]!.count
  if (most >= 2) {
    const near = counts
      .filter(({ count }) => count >= Math.max(2, most * NEAR_MOST))
      .slice(0, MAX_LANGUAGES)
    return { languages: near.map(({ language }) => language), open: false }
  }
  const onlyEnglish = most === 1 && counts[0]!.language === 'english' && counts[1]!.count === 0
  const open =
    !onlyEnglish && words.length <= MAX_OPEN_WORDS && words.some((word) => latin.test(word))
  return { languages: ['english'], open }
}

/** The words of a date in a language: day, month, year, day of the week. */
export function dateWords(date: Date, language: Language): string {
  return new Intl.DateTimeFormat(known[language][1], { dateStyle: 'full', timeZone: 'UTC' }).format(
    date
  )
}

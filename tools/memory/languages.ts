import snowball from 'snowball-stemmers'
import * as lists from 'stopword'
import { fold } from './words.ts'

/** What Snowball stems and the library has stop words of: its name there, its list, its code for dates. */
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
  arabic: ['ara', 'ar']
} as const

export type Language = keyof typeof known
export const languages = Object.keys(known) as Language[]

/** Snowball's English list has these beside the library's words; the last line is what is left of don't and its kind. */
const furtherEnglish = [
  'myself ours ourselves yours yourself yourselves she hers herself its itself theirs themselves whom having does doing',
  'until against during above below down off again further once when why few more no nor not own so will just',
  'ain aren couldn didn doesn don hadn hasn haven isn shouldn wasn weren won wouldn'
].flatMap((line) => line.split(' '))

const stopWords = new Map<Language, ReadonlySet<string>>(languages.map((language) => {
  const words = lists[known[language][0]].map((word) => fold(word.toLowerCase()))
  return [language, new Set(language === 'english' ? [...words, ...furtherEnglish] : words)]
}))
const stemmers = new Map<Language, { stem: (word: string) => string }>()

/** Stems found before; a stemmer takes longer than everything else that is done to a word. */
const stems = new Map<string, string>()
const MOST_STEMS = 50_000

const scripts: Array<[RegExp, Language]> = [[/^\p{Script=Cyrillic}{3,}$/u, 'russian'], [/^\p{Script=Arabic}{3,}$/u, 'arabic']]
const latin = /^\p{Script=Latin}{3,}$/u

export function isStopWord (word: string, language: Language): boolean {
  return stopWords.get(language)!.has(word)
}

/** The stem of a word in lower case; identifiers, numbers and words of another script stay as they are. */
export function stem (word: string, language: Language): string {
  const [, ofScript] = scripts.find(([script]) => script.test(word)) ?? []
  if (!ofScript && !latin.test(word)) return word
  const written = ofScript ?? (language === 'russian' || language === 'arabic' ? 'english' : language)
  const name = `${written} ${word}`
  let found = stems.get(name)
  if (found === undefined) {
    const stemmer = stemmers.get(written) ?? snowball.newStemmer(written)
    stemmers.set(written, stemmer)
    if (stems.size >= MOST_STEMS) stems.clear()
    stems.set(name, found = fold(stemmer.stem(word)))
  }
  return found
}

/** The language of words in lower case, by how many of its stop words are among them, at least two; English when that tells nothing. */
export function languageOf (words: readonly string[], among: readonly Language[] = languages): Language {
  const script = scripts.find(([pattern]) => words.filter((word) => pattern.test(word)).length * 2 > words.length)
  if (script) return script[1]
  let best: Language = 'english'
  let most = words.filter((word) => isStopWord(word, 'english')).length
  for (const language of among) {
    const count = words.filter((word) => isStopWord(word, language)).length
    if (count > Math.max(most, 1)) [best, most] = [language, count]
  }
  return best
}

/** The words of a date in a language: day, month, year, day of the week. */
export function dateWords (date: Date, language: Language): string {
  return new Intl.DateTimeFormat(known[language][1], { dateStyle: 'full', timeZone: 'UTC' }).format(date)
}

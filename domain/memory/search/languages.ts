import snowball from 'snowball-stemmers'
import * as lists from 'stopword'
import { type LightLanguage, lightStems } from './light-stems.ts'
import { foldAccents } from './words.ts'

/**
 * Supported languages, stemmed by Snowball or lightly: the code of the stop word list, and the code
 * for dates.
 */
const languageCodes = {
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

export type LanguageName = keyof typeof languageCodes
export const languageNames = Object.keys(languageCodes) as LanguageName[]

/**
 * English stop words of Snowball that the library lacks. The last line has what contractions like
 * don't leave.
 */
const extraEnglishStops = [
  'myself ours ourselves yours yourself yourselves she hers herself its itself theirs themselves',
  'whom having does doing until against during above below down off again further once when why',
  'few more no nor not own so will just',
  'ain aren couldn didn doesn don hadn hasn haven isn shouldn wasn weren won wouldn'
].flatMap((line) => line.split(' '))

const stopWordsByLanguage = new Map<LanguageName, ReadonlySet<string>>(
  languageNames.map((language) => {
    const listedWords = lists[languageCodes[language][0]].map((word) =>
      foldAccents(word.toLowerCase())
    )
    return [
      language,
      new Set(language === 'english' ? [...listedWords, ...extraEnglishStops] : listedWords)
    ]
  })
)
const stemmerByLanguage = new Map<LanguageName, { stem: (word: string) => string }>()

/** Caches stems: stemming costs more than all other work on a word. */
const stemCache = new Map<string, readonly string[]>()
const MAX_CACHED_STEMS = 50_000

const latinWord = /^\p{Script=Latin}{3,}$/u
const cyrillicWord = /^\p{Script=Cyrillic}{3,}$/u
const lightLanguages: ReadonlySet<string> = new Set([
  'polish',
  'ukrainian',
  'greek',
  'hebrew',
  'hindi'
] satisfies LightLanguage[])

/** These scripts tell the language of a word regardless of its context. */
const scriptLanguages: Array<[RegExp, LanguageName]> = [
  [/^\p{Script=Arabic}{3,}$/u, 'arabic'],
  [/^\p{Script=Greek}{3,}$/u, 'greek'],
  [/^\p{Script=Hebrew}{2,}$/u, 'hebrew'],
  [/^[\p{Script=Devanagari}\p{M}]{2,}$/u, 'hindi']
]
const nonLatinLanguages: ReadonlySet<LanguageName> = new Set([
  'russian',
  'ukrainian',
  ...scriptLanguages.map(([, language]) => language)
])

/** Languages written in Latin letters. */
export const latinLanguages: readonly LanguageName[] = languageNames.filter(
  (language) => !nonLatinLanguages.has(language)
)

/** Whether a folded, lower-case word is so common in the language that it says little. */
export function isStopWord(word: string, language: LanguageName): boolean {
  return stopWordsByLanguage.get(language)!.has(word)
}

/**
 * The languages of a folded, lower-case word by its script. Undefined for Latin letters, empty if
 * nothing stems the word.
 */
export function languagesByScript(word: string): readonly LanguageName[] | undefined {
  if (latinWord.test(word)) return undefined
  if (cyrillicWord.test(word)) {
    return /[ыэъ]/.test(word)
      ? ['russian']
      : /[ієґ]/.test(word)
        ? ['ukrainian']
        : ['russian', 'ukrainian']
  }
  const scriptLanguage = scriptLanguages.find(([script]) => script.test(word))?.[1]
  return scriptLanguage ? [scriptLanguage] : []
}

/**
 * The stem of a lower-case word. Identifiers, numbers and words of another script stay as they are.
 */
export function stemWord(word: string, language: LanguageName): string {
  return stemsOf(
    word,
    languagesByScript(word)?.[0] ?? (nonLatinLanguages.has(language) ? 'english' : language)
  )[0]!
}

/**
 * The folded stems of a lower-case word in one language, at least one. People leave accents out and
 * stemmers depend on them, so both spellings are stemmed.
 */
export function stemsOf(word: string, language: LanguageName): readonly string[] {
  const cacheKey = `${language} ${word}`
  let cachedStems = stemCache.get(cacheKey)
  if (!cachedStems) {
    if (stemCache.size >= MAX_CACHED_STEMS) stemCache.clear()
    stemCache.set(cacheKey, (cachedStems = computeStems(word, language)))
  }
  return cachedStems
}

function computeStems(word: string, language: LanguageName): readonly string[] {
  const foldedWord = foldAccents(word)
  if (lightLanguages.has(language)) return lightStems(foldedWord, language as LightLanguage)
  if (!latinWord.test(foldedWord) && languagesByScript(foldedWord)!.length === 0) {
    return [foldedWord]
  }
  const languageStemmer = stemmerByLanguage.get(language) ?? snowball.newStemmer(language)
  stemmerByLanguage.set(language, languageStemmer)
  const foldedStem = foldAccents(languageStemmer.stem(foldedWord))
  // Arabic writes "and" and "so" as a first letter before the article.
  if (language === 'arabic' && /^[وف]ال/u.test(foldedWord)) {
    return [...new Set([foldedStem, foldAccents(languageStemmer.stem(foldedWord.slice(1)))])]
  }
  return foldedWord === word || language === 'english'
    ? [foldedStem]
    : [...new Set([foldedStem, foldAccents(languageStemmer.stem(word))])]
}

/**
 * The language of lower-case words: the one with the most stop words among them, at least two.
 * English if that is undecided.
 */
export function detectLanguage(
  words: readonly string[],
  among: readonly LanguageName[] = languageNames
): LanguageName {
  const scriptLanguage = dominantScriptLanguage(words)
  if (scriptLanguage) return scriptLanguage
  let bestLanguage: LanguageName = 'english'
  let bestCount = words.filter((word) => isStopWord(word, 'english')).length
  for (const language of among) {
    const stopCount = words.filter((word) => isStopWord(word, language)).length
    if (stopCount > Math.max(bestCount, 1)) [bestLanguage, bestCount] = [language, stopCount]
  }
  return bestLanguage
}

/** The language of the script that most of the words have. */
function dominantScriptLanguage(words: readonly string[]): LanguageName | undefined {
  const mainScript = scriptLanguages.find(
    ([pattern]) => words.filter((word) => pattern.test(word)).length * 2 > words.length
  )
  if (mainScript) return mainScript[1]
  const cyrillicWords = words.filter((word) => cyrillicWord.test(word))
  if (cyrillicWords.length * 2 <= words.length) return undefined
  return cyrillicWords.some((word) => /[ієґ]/.test(word)) ? 'ukrainian' : 'russian'
}

/**
 * The languages that a text may be in. `open`: the text is so short that any language of Latin
 * letters is possible.
 */
export interface TextLanguages {
  languages: readonly LanguageName[]
  open: boolean
}

/** Longer texts without stop words are lists and data, not an unknown language. */
const MAX_OPEN_WORDS = 100
/**
 * A language counts from this share of the highest number of stop words. At most so many languages
 * count.
 */
const NEAR_BEST_SHARE = 0.7
const MAX_LANGUAGES = 4

/** Detects the languages of folded, lower-case words. English comes first in a tie. */
export function detectTextLanguages(words: readonly string[]): TextLanguages {
  const scriptLanguage = dominantScriptLanguage(words)
  if (scriptLanguage) return { languages: [scriptLanguage], open: false }
  const stopCounts = latinLanguages
    .map((language) => ({
      language,
      count: words.filter((word) => isStopWord(word, language)).length
    }))
    .sort((a, b) => b.count - a.count) // stable: English is first in a tie
  const highestCount = stopCounts[0]!.count
  if (highestCount >= 2) {
    const likelyLanguages = stopCounts
      .filter(({ count }) => count >= Math.max(2, highestCount * NEAR_BEST_SHARE))
      .slice(0, MAX_LANGUAGES)
    return { languages: likelyLanguages.map(({ language }) => language), open: false }
  }
  const onlyEnglish =
    highestCount === 1 && stopCounts[0]!.language === 'english' && stopCounts[1]!.count === 0
  const isOpen =
    !onlyEnglish && words.length <= MAX_OPEN_WORDS && words.some((word) => latinWord.test(word))
  return { languages: ['english'], open: isOpen }
}

/** The words of a date in a language: weekday, day, month and year. */
export function dateWords(date: Date, language: LanguageName): string {
  return new Intl.DateTimeFormat(languageCodes[language][1], {
    dateStyle: 'full',
    timeZone: 'UTC'
  }).format(date)
}

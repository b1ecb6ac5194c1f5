import { detectLanguage } from '../../memory/search/languages.ts'
import { termsOfWord } from '../../memory/search/terms.ts'
import { wordsOf } from '../../memory/search/words.ts'

/** Limits in characters: of a passage, and of the text that is searched for passages. */
const PASSAGE_LENGTH = 400
const TEXT_LENGTH = 200_000

/** The selective terms of a claim, in the forms that memory search uses. Numbers count as words. */
export function claimTerms(claim: string): Set<string> {
  const claimWords = [...wordsOf(claim)]
  const claimLanguage = detectLanguage(claimWords.map((word) => word.toLowerCase()))
  const allTerms = claimWords.flatMap((word) => termsOfWord(word, claimLanguage))
  const selectiveTerms = allTerms.filter((term) => !term.startsWith('='))
  return new Set(selectiveTerms.length > 0 ? selectiveTerms : allTerms)
}

/** The share of the claim's terms that a passage contains, 0 to 1. */
export function passageRelevance(terms: ReadonlySet<string>, passage: string): number {
  const passageWords = [...wordsOf(passage)]
  const passageLanguage = detectLanguage(passageWords.map((word) => word.toLowerCase()))
  const passageTerms = new Set(passageWords.flatMap((word) => termsOfWord(word, passageLanguage)))
  return (
    Math.round(
      (100 * [...terms].filter((term) => passageTerms.has(term)).length) / Math.max(terms.size, 1)
    ) / 100
  )
}

/** Splits a text into sentences without Markdown. Short sentences are joined to the next one. */
export function splitPassages(text: string): string[] {
  const allPassages: string[] = []
  for (const paragraph of stripMarkdown(text.slice(0, TEXT_LENGTH)).split(/\n{2,}/)) {
    let currentPassage = ''
    for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(
      paragraph.replace(/\s+/g, ' ')
    )) {
      if (
        currentPassage.length >= 60 &&
        currentPassage.length + segment.length > PASSAGE_LENGTH / 2
      ) {
        allPassages.push(currentPassage.trim())
        currentPassage = ''
      }
      currentPassage += segment.slice(0, PASSAGE_LENGTH)
    }
    if (currentPassage.trim()) allPassages.push(currentPassage.trim())
  }
  return allPassages.map((passage) =>
    passage.slice(0, PASSAGE_LENGTH * 2).replace(/[\uD800-\uDBFF]$/, '')
  )
}

function stripMarkdown(markdown: string): string {
  return markdown
    .replace(/!?\[([^[\]]{0,500})\]\([^()\s]{0,2000}\)/g, '$1')
    .replace(/^ {0,3}#{1,6} +|^ {0,3}[-*>] +/gm, '')
    .replace(/[*_`]{1,3}/g, '')
}

export interface RelevantPassage {
  passage: string
  relevance: number
}

/** The most relevant passages of a text, best first. */
export function bestPassages(
  terms: ReadonlySet<string>,
  text: string,
  most: number,
  least = 0.3
): RelevantPassage[] {
  return splitPassages(text)
    .map((passage) => ({ passage, relevance: passageRelevance(terms, passage) }))
    .filter(({ relevance }) => relevance >= least)
    .sort((first, second) => second.relevance - first.relevance)
    .slice(0, most)
}

import { detectLanguage } from '../../memory/search/languages.ts'
import { termsOfWord } from '../../memory/search/terms.ts'
import { wordsOf } from '../../memory/search/words.ts'

/** Characters of a passage, and of a text that are looked at. */
const PASSAGE_LENGTH = 400
const TEXT_LENGTH = 200_000

/** The telling words of a claim, in the forms that the search uses. Numbers count as words. */
export function claimTerms(claim: string): Set<string> {
  const words = [...wordsOf(claim)]
  const language = detectLanguage(words.map((word) => word.toLowerCase()))
  const terms = words.flatMap((word) => termsOfWord(word, language))
  const telling = terms.filter((term) => !term.startsWith('='))
  return new Set(telling.length > 0 ? telling : terms)
}

/** The share of the claim's words that a passage has, 0 to 1. */
export function relevanceOf(terms: ReadonlySet<string>, passage: string): number {
  const words = [...wordsOf(passage)]
  const language = detectLanguage(words.map((word) => word.toLowerCase()))
  const there = new Set(words.flatMap((word) => termsOfWord(word, language)))
  return (
    Math.round(
      (100 * [...terms].filter((term) => there.has(term)).length) / Math.max(terms.size, 1)
    ) / 100
  )
}

/** A text cut into sentences, short ones joined to what follows; without the marks of Markdown. */
export function passagesOf(text: string): string[] {
  const passages: string[] = []
  for (const paragraph of unmarked(text.slice(0, TEXT_LENGTH)).split(/\n{2,}/)) {
    let passage = ''
    for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(
      paragraph.replace(/\s+/g, ' ')
    )) {
      if (passage.length >= 60 && passage.length + segment.length > PASSAGE_LENGTH / 2) {
        passages.push(passage.trim())
        passage = ''
      }
      passage += segment.slice(0, PASSAGE_LENGTH)
    }
    if (passage.trim()) passages.push(passage.trim())
  }
  return passages.map((passage) =>
    passage.slice(0, PASSAGE_LENGTH * 2).replace(/[\uD800-\uDBFF]$/, '')
  )
}

function unmarked(markdown: string): string {
  return markdown
    .replace(/!?\[([^[\]]{0,500})\]\([^()\s]{0,2000}\)/g, '$1')
    .replace(/^ {0,3}#{1,6} +|^ {0,3}[-*>] +/gm, '')
    .replace(/[*_`]{1,3}/g, '')
}

export interface Found {
  passage: string
  relevance: number
}

/** The passages of a text that have most to do with the claim, best first. */
export function bestPassages(
  terms: ReadonlySet<string>,
  text: string,
  most: number,
  least = 0.3
): Found[] {
  return passagesOf(text)
    .map((passage) => ({ passage, relevance: relevanceOf(terms, passage) }))
    .filter(({ relevance }) => relevance >= least)
    .sort((one, other) => other.relevance - one.relevance)
    .slice(0, most)
}

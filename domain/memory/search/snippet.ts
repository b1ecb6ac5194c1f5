import type { TextLanguages } from './languages.ts'
import { readWord } from './word-terms.ts'
import { accentedWordsOf, spacelessScripts } from './words.ts'

/** Characters of a text that are searched, and of a snippet without its marks. */
const MAX_REACH = 20_000
const SNIPPET_LENGTH = 240

/** Words, and single characters of text without spaces. */
const tokenPattern = new RegExp(
  `[${spacelessScripts}]|\\p{Extended_Pictographic}` +
    "|[\\p{L}\\p{N}][\\p{L}\\p{N}\\p{M}_+#'’./:@\\\\-]*",
  'gu'
)

/** Caches terms by language and token for the texts of one answer, which have much in common. */
export type TokenTermsCache = Map<string, string[]>

/** A part of a snippet. `marked`: the query has it. */
export interface SnippetPart {
  text: string
  marked: boolean
}

/** The snippet as text, with `**` around what is marked. */
export function markedText(parts: readonly SnippetPart[]): string {
  return parts.map(({ text, marked }) => (marked ? `**${text}**` : text)).join('')
}

/**
 * Cuts the part of a text with the most distinct terms, and marks these. Without a hit it is the
 * beginning of the text.
 */
export function snippetOf(
  text: string,
  terms: readonly string[],
  reading: TextLanguages,
  seen: TokenTermsCache
): SnippetPart[] {
  const termHits = hitsIn(text.slice(0, MAX_REACH), new Set(terms), reading, seen)
  const densestPlace = densestPlaceOf(termHits)
  const snippetStart =
    densestPlace < SNIPPET_LENGTH / 2 ? 0 : nextWordStart(text, densestPlace - SNIPPET_LENGTH / 4)
  const snippetEnd = Math.min(snippetStart + SNIPPET_LENGTH, text.length)
  const parts: SnippetPart[] = []
  let copiedUntil = snippetStart
  for (const { at, to } of joinTouchingHits(
    termHits.filter((hit) => hit.at >= snippetStart && hit.to <= snippetEnd)
  )) {
    parts.push({ text: text.slice(copiedUntil, at), marked: false })
    parts.push({ text: text.slice(at, to), marked: true })
    copiedUntil = to
  }
  parts.push({ text: text.slice(copiedUntil, snippetEnd), marked: false })
  for (const part of parts) part.text = part.text.replace(/\s+/g, ' ')
  const [firstPart, lastPart] = [parts[0]!, parts.at(-1)!]
  firstPart.text = firstPart.text.replace(/^[\uDC00-\uDFFF]/, '').trimStart()
  lastPart.text = lastPart.text.replace(/[\uD800-\uDBFF]$/, '').trimEnd()
  if (snippetStart > 0) firstPart.text = `…${firstPart.text}`
  if (snippetEnd < text.length) lastPart.text += '…'
  return parts.filter((part) => part.text !== '')
}

/** Where the most distinct terms stand near each other; 0 without a hit. */
function densestPlaceOf(termHits: readonly TermHit[]): number {
  let densestPlace = { at: 0, different: 0 }
  const windowTerms = new Map<string, number>() // how often each term is in the window
  let windowEnd = 0
  for (const { at, terms: hitTerms } of termHits) {
    for (
      ;
      windowEnd < termHits.length && termHits[windowEnd]!.at < at + SNIPPET_LENGTH * 0.75;
      windowEnd++
    ) {
      for (const term of termHits[windowEnd]!.terms) {
        windowTerms.set(term, (windowTerms.get(term) ?? 0) + 1)
      }
    }
    if (windowTerms.size > densestPlace.different) {
      densestPlace = { at, different: windowTerms.size }
    }
    for (const term of hitTerms) {
      if (windowTerms.get(term) === 1) windowTerms.delete(term)
      else windowTerms.set(term, windowTerms.get(term)! - 1)
    }
  }
  return densestPlace.at
}

interface TermHit {
  at: number
  to: number
  terms: string[]
}

function hitsIn(
  text: string,
  markedTerms: ReadonlySet<string>,
  reading: TextLanguages,
  seen: TokenTermsCache
): TermHit[] {
  const termHits: TermHit[] = []
  const languagesKey = `${reading.languages.join()}${reading.open ? '*' : ''}`
  const termsIn = (token: string) => {
    const cacheKey = `${languagesKey} ${token}`
    let cachedTerms = seen.get(cacheKey)
    if (!cachedTerms) {
      seen.set(
        cacheKey,
        (cachedTerms = [...accentedWordsOf(token)].flatMap((word) => {
          const { terms, spellings } = readWord(word, reading)
          return [...terms, ...spellings]
        }))
      )
    }
    return cachedTerms
  }
  let previousToken = { text: '', to: -1 }
  for (const { 0: writtenToken, index: at } of text.matchAll(tokenPattern)) {
    const trimmedToken = writtenToken.replace(/(?<![-./:@\\'’])[-./:@\\'’]+$/, '')
    const tokenEnd = at + trimmedToken.length
    const characterPair = previousToken.to === at ? previousToken.text + trimmedToken : ''
    const hitTerms = [
      ...termsIn(trimmedToken),
      ...(characterPair ? termsIn(characterPair) : [])
    ].filter((term) => markedTerms.has(term))
    if (hitTerms.length > 0) {
      termHits.push({
        at:
          characterPair && hitTerms.every((term) => term.length > trimmedToken.length)
            ? at - previousToken.text.length
            : at,
        to: tokenEnd,
        terms: hitTerms
      })
    }
    previousToken =
      trimmedToken.length <= 2 && [...trimmedToken].length === 1
        ? { text: trimmedToken, to: tokenEnd }
        : { text: '', to: -1 }
  }
  return termHits
}

/** Joins hits that touch. */
function joinTouchingHits(hits: readonly TermHit[]): Array<{ at: number; to: number }> {
  const joinedHits: Array<{ at: number; to: number }> = []
  for (const { at, to } of hits) {
    const lastHit = joinedHits.at(-1)
    if (lastHit && at <= lastHit.to) lastHit.to = Math.max(lastHit.to, to)
    else joinedHits.push({ at, to })
  }
  return joinedHits
}

/** The next beginning of a word, if it is near. */
function nextWordStart(text: string, at: number): number {
  const wholeIndex = Math.floor(at)
  return wholeIndex + text.slice(wholeIndex, wholeIndex + 20).search(/\s/) + 1
}

/**
 * The place of a long value with the most distinct terms near it, in characters. Undefined without
 * places.
 */
export function passageStart(
  termPlaces: ReadonlyArray<{ places: number[] | null }>,
  reach: number
): number | undefined {
  const sortedPlaces = termPlaces
    .flatMap(({ places }, term) => (places ?? []).map((at) => ({ at, term })))
    .sort((a, b) => a.at - b.at)
  let densestPlace: { at: number; different: number } | undefined
  for (const [i, { at }] of sortedPlaces.entries()) {
    const distinctTerms = new Set(
      sortedPlaces
        .slice(i, i + 50)
        .filter((nearbyPlace) => nearbyPlace.at < at + reach)
        .map(({ term }) => term)
    ).size
    if (distinctTerms > (densestPlace?.different ?? 0)) {
      densestPlace = { at, different: distinctTerms }
    }
  }
  return densestPlace?.at
}

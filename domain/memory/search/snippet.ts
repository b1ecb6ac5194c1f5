import type { Reading } from './languages.ts'
import { readWord } from './word-terms.ts'
import { accentedWordsOf } from './words.ts'

/** How far into a text is looked, and how long the snippet is without its marks, in characters. */
const REACH = 20_000
const LENGTH = 240

/** Words with their places, and text without spaces in its single characters. */
const tokens =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|\p{Extended_Pictographic}|[\p{L}\p{N}][\p{L}\p{N}\p{M}_+#'’./:@\\-]*/gu

/**
 * Terms of tokens seen before, by language and token: for the texts of one answer, which have much
 * in common.
 */
export type SeenTokens = Map<string, string[]>

/**
 * The part of a text around the most different terms of those asked for, each in **; its beginning
 * when none is there.
 */
export function snippetOf(
  text: string,
  terms: readonly string[],
  reading: Reading,
  seen: SeenTokens
): string {
  const hits = hitsIn(text.slice(0, REACH), new Set(terms), reading, seen)
  let best = { at: 0, different: 0 }
  const near = new Map<string, number>() // the terms of the hits from this one on, and how often
  let to = 0
  for (const { at, terms: own } of hits) {
    for (; to < hits.length && hits[to]!.at < at + LENGTH * 0.75; to++) {
      for (const term of hits[to]!.terms) near.set(term, (near.get(term) ?? 0) + 1)
    }
    if (near.size > best.different) best = { at, different: near.size }
    for (const term of own) {
      if (near.get(term) === 1) near.delete(term)
      else near.set(term, near.get(term)! - 1)
    }
  }
  const start = best.at < LENGTH / 2 ? 0 : wordStart(text, best.at - LENGTH / 4)
  const end = Math.min(start + LENGTH, text.length)
  const parts: string[] = []
  let done = start
  for (const { at, to } of joined(hits.filter((hit) => hit.at >= start && hit.to <= end))) {
    parts.push(text.slice(done, at), '**', text.slice(at, to), '**')
    done = to
  }
  parts.push(text.slice(done, end))
  const part = parts
    .join('')
    .replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  return `${start > 0 ? '…' : ''}${part}${end < text.length ? '…' : ''}`
}

interface Hit {
  at: number
  to: number
  terms: string[]
}

function hitsIn(
  text: string,
  wanted: ReadonlySet<string>,
  reading: Reading,
  seen: SeenTokens
): Hit[] {
  const hits: Hit[] = []
  const readingName = `${reading.languages.join()}${reading.open ? '*' : ''}`
  const termsIn = (token: string) => {
    const name = `${readingName} ${token}`
    let terms = seen.get(name)
    if (!terms) {
      seen.set(
        name,
        (terms = [...accentedWordsOf(token)].flatMap((word) => {
          const { terms, spellings } = readWord(word, reading)
          return [...terms, ...spellings]
        }))
      )
    }
    return terms
  }
  let before = { text: '', to: -1 }
  for (const { 0: found, index: at } of text.matchAll(tokens)) {
    const token = found.replace(/(?<![-./:@\\'’])[-./:@\\'’]+$/, '')
    const to = at + token.length
    const pair = before.to === at ? before.text + token : ''
    const terms = [...termsIn(token), ...(pair ? termsIn(pair) : [])].filter((term) =>
      wanted.has(term)
    )
    if (terms.length > 0) {
      hits.push({
        at:
          pair && terms.every((term) => term.length > token.length) ? at - before.text.length : at,
        to,
        terms
      })
    }
    before =
      token.length <= 2 && [...token].length === 1 ? { text: token, to } : { text: '', to: -1 }
  }
  return hits
}

/** Hits that touch are one. */
function joined(hits: readonly Hit[]): Array<{ at: number; to: number }> {
  const runs: Array<{ at: number; to: number }> = []
  for (const { at, to } of hits) {
    const last = runs.at(-1)
    if (last && at <= last.to) last.to = Math.max(last.to, to)
    else runs.push({ at, to })
  }
  return runs
}

/** The next beginning of a word from a place on, when it is near. */
function wordStart(text: string, at: number): number {
  const from = Math.floor(at)
  return from + text.slice(from, from + 20).search(/\s/) + 1
}

/**
 * Where in a long value to read for the snippet: the place near which the most different terms
 * stand. Places in characters.
 */
export function passageOf(
  found: ReadonlyArray<{ places: number[] | null }>,
  reach: number
): number | undefined {
  const places = found
    .flatMap(({ places }, term) => (places ?? []).map((at) => ({ at, term })))
    .sort((a, b) => a.at - b.at)
  let best: { at: number; different: number } | undefined
  for (const [i, { at }] of places.entries()) {
    const different = new Set(
      places
        .slice(i, i + 50)
        .filter((other) => other.at < at + reach)
        .map(({ term }) => term)
    ).size
    if (different > (best?.different ?? 0)) best = { at, different }
  }
  return best?.at
}

import { termsOf } from './terms.ts'
import { wordsOf } from './words.ts'

/** How far into a value is looked, and how long the excerpt is, in characters. */
const REACH = 20_000
const LENGTH = 240

/** The part of a value around the most different words asked for; its beginning when none is there. */
export function excerpt (value: string, matched: readonly string[]): string {
  const wanted = new Set(matched)
  const hits: Array<{ at: number, terms: string[] }> = []
  for (const { 0: text, index } of value.slice(0, REACH).matchAll(/\S+/g)) {
    const terms = [...wordsOf(text)].flatMap(termsOf).filter((term) => wanted.has(term))
    if (terms.length > 0) hits.push({ at: index + firstOf(text, matched), terms })
  }
  let best = { at: 0, different: 0 }
  for (const [i, { at }] of hits.entries()) {
    const near = hits.slice(i, i + 50).filter((hit) => hit.at < at + LENGTH * 0.75).flatMap(({ terms }) => terms)
    const different = new Set(near).size
    if (different > best.different) best = { at, different }
  }
  const start = best.at < LENGTH / 2 ? 0 : best.at - LENGTH / 4
  const end = start + LENGTH
  const part = value.slice(start, end).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '').replace(/\s+/g, ' ').trim()
  return `${start > 0 ? '…' : ''}${part}${end < value.length ? '…' : ''}`
}

/** Where in a run without spaces the first term stands. */
function firstOf (text: string, terms: readonly string[]): number {
  if (text.length < LENGTH / 2) return 0
  const places = terms.map((term) => text.toLowerCase().indexOf(term)).filter((place) => place >= 0)
  return places.length > 0 ? Math.min(...places) : 0
}

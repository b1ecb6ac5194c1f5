import { HIT_UNIT } from '../../db/code/postings.ts'
import { termsOf } from '../memory/search/terms.ts'
import { wordsOf } from '../memory/search/words.ts'
import type { Piece } from './pieces.ts'

/**
 * How soon more of the same word stops counting, and how much a long piece is held against it
 * (BM25).
 */
const K1 = 1.2
const B = 0.75
/**
 * Terms of an ordinary piece: pieces are cut to about one size, so what is usual need not be
 * counted anew for each project.
 */
const USUAL_LENGTH = 150
/** A name that is defined here says more than one that is used. */
const SYMBOL_WEIGHT = 3
/** What is only brought in from elsewhere says less than what is written here. */
const IMPORT_WEIGHT = 0.25
const imports =
  /^\s*(?:import\b|from\s+\S+\s+import\b|export\s.*\sfrom\s|use\s|using\s|#\s*include\b|require(?:_once|_relative)?\b|(?:const|let|var)\s.*=\s*require\()/
/** Different terms of one file. */
const MAX_TERMS = 20_000
const STOP = '='

/** What a term counts at most is K1 + 1; as a whole number it must stay below HIT_UNIT. */
export const SCALE = 400

/** Words whose terms are kept: code says the same ones again and again. */
const MAX_KEPT = 50_000
const kept = new Map<string, string[]>()

/**
 * The terms of source code: identifiers whole and by their parts, words by their stems; without
 * stop words.
 */
export function codeTerms(text: string): string[] {
  const found: string[] = []
  for (const word of wordsOf(text)) {
    let terms = kept.get(word)
    if (!terms) {
      if (kept.size >= MAX_KEPT) kept.clear()
      kept.set(word, (terms = termsOf(word, 'english').filter((term) => !term.startsWith(STOP))))
    }
    found.push(...terms)
  }
  return found
}

/**
 * Each term of a file with its hits, in the order of the pieces, which are numbered from 1; piece 0
 * is the path.
 */
export function postingsOf(
  path: string,
  pieces: readonly Piece[]
): Array<[term: string, hits: number[]]> {
  const postings = new Map<string, number[]>()
  const add = (piece: number, weights: ReadonlyMap<string, number>) => {
    const length = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
    for (const [term, weight] of weights) {
      const counts = (weight * (K1 + 1)) / (weight + K1 * (1 - B + (B * length) / USUAL_LENGTH))
      const hits = postings.get(term)
      const hit = piece * HIT_UNIT + Math.max(Math.round(counts * SCALE), 1)
      if (hits) hits.push(hit)
      else if (postings.size < MAX_TERMS) postings.set(term, [hit])
    }
  }
  const count = (text: string, weight: number, into: Map<string, number>) => {
    for (const term of codeTerms(text)) into.set(term, (into.get(term) ?? 0) + weight)
    return into
  }
  add(0, count(path, 1, new Map()))
  for (const [i, { symbol, text }] of pieces.entries()) {
    const weights = count(symbol, SYMBOL_WEIGHT, new Map())
    for (const line of text.split('\n')) {
      count(line, imports.test(line) ? IMPORT_WEIGHT : 1, weights)
    }
    add(i + 1, weights)
  }
  return [...postings]
}

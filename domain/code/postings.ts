import { HIT_UNIT } from '../../db/code/postings.ts'
import { termsOfWord } from '../memory/search/terms.ts'
import { wordsOf } from '../memory/search/words.ts'
import type { SourcePiece } from './pieces.ts'

/**
 * How soon more of the same word stops counting, and how much a long piece is held against it
 * (BM25).
 */
const TERM_SATURATION = 1.2
const LENGTH_PENALTY = 0.75
/**
 * Terms of an ordinary piece: pieces are cut to about one size, so what is usual need not be
 * counted anew for each project.
 */
const USUAL_LENGTH = 150
/** A name that is defined here says more than one that is used. */
const SYMBOL_WEIGHT = 3
/** What is only brought in from elsewhere says less than what is written here. */
const IMPORT_WEIGHT = 0.25
const importLine =
  /^\s*(?:import\b|from\s+\S+\s+import\b|export\s.*\sfrom\s|use\s|using\s|#\s*include\b|require(?:_once|_relative)?\b|(?:const|let|var)\s.*=\s*require\()/
/** Different terms of one file. */
const MAX_TERMS = 20_000
const STOP = '='

/** What a term counts at most is K1 + 1; as a whole number it must stay below HIT_UNIT. */
export const SCORE_SCALE = 400

/** Words whose terms are kept: code says the same ones again and again. */
const MAX_CACHED_WORDS = 50_000
const wordTermsCache = new Map<string, string[]>()

/**
 * The terms of source code: identifiers whole and by their parts, words by their stems; without
 * stop words.
 */
export function codeTerms(text: string): string[] {
  const textTerms: string[] = []
  for (const word of wordsOf(text)) {
    let wordTerms = wordTermsCache.get(word)
    if (!wordTerms) {
      if (wordTermsCache.size >= MAX_CACHED_WORDS) wordTermsCache.clear()
      wordTermsCache.set(
        word,
        (wordTerms = termsOfWord(word, 'english').filter((term) => !term.startsWith(STOP)))
      )
    }
    textTerms.push(...wordTerms)
  }
  return textTerms
}

/**
 * Each term of a file with its hits, in the order of the pieces, which are numbered from 1; piece 0
 * is the path.
 */
export function postingsOf(
  path: string,
  pieces: readonly SourcePiece[]
): Array<[term: string, hits: number[]]> {
  const hitsByTerm = new Map<string, number[]>()
  const addPieceHits = (piece: number, weights: ReadonlyMap<string, number>) => {
    const pieceLength = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
    for (const [term, weight] of weights) {
      const termScore =
        (weight * (TERM_SATURATION + 1)) /
        (weight +
          TERM_SATURATION * (1 - LENGTH_PENALTY + (LENGTH_PENALTY * pieceLength) / USUAL_LENGTH))
      const termHits = hitsByTerm.get(term)
      const encodedHit = piece * HIT_UNIT + Math.max(Math.round(termScore * SCORE_SCALE), 1)
      if (termHits) termHits.push(encodedHit)
      else if (hitsByTerm.size < MAX_TERMS) hitsByTerm.set(term, [encodedHit])
    }
  }
  const addTermWeights = (text: string, weight: number, into: Map<string, number>) => {
    for (const term of codeTerms(text)) into.set(term, (into.get(term) ?? 0) + weight)
    return into
  }
  addPieceHits(0, addTermWeights(path, 1, new Map()))
  for (const [i, { symbol, text }] of pieces.entries()) {
    const termWeights = addTermWeights(symbol, SYMBOL_WEIGHT, new Map())
    for (const line of text.split('\n')) {
      addTermWeights(line, importLine.test(line) ? IMPORT_WEIGHT : 1, termWeights)
    }
    addPieceHits(i + 1, termWeights)
  }
  return [...hitsByTerm]
}

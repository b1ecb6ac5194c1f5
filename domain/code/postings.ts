import { HIT_UNIT } from '../../db/code/postings.ts'
import { STOP_MARK, termsOfWord } from '../memory/search/terms.ts'
import { wordsOf } from '../memory/search/words.ts'
import type { SourcePiece } from './pieces.ts'

/** BM25: how soon repetitions stop counting, and how much length lowers the score. */
const TERM_SATURATION = 1.2
const LENGTH_PENALTY = 0.75
/** Terms of a typical piece. Pieces have about the same size, so no project needs its own mean. */
const USUAL_LENGTH = 150
/** A defined name says more than a used one. */
const SYMBOL_WEIGHT = 3
/** An import says less than the code itself. */
const IMPORT_WEIGHT = 0.25
const importLine = new RegExp(
  '^\\s*(?:import\\b|from\\s+\\S+\\s+import\\b|export\\s.*\\sfrom\\s|use\\s|using\\s|' +
    '#\\s*include\\b|' +
    'require(?:_once|_relative)?\\b|(?:const|let|var)\\s.*=\\s*require\\()'
)

/** Distinct terms kept of one file. */
const MAX_TERMS = 20_000

/**
 * Turns scores into whole numbers. A score is at most TERM_SATURATION + 1; scaled, it must stay
 * below HIT_UNIT.
 */
export const SCORE_SCALE = 400

/** Words in the cache; code repeats the same ones. */
const MAX_CACHED_WORDS = 50_000
const wordTermsCache = new Map<string, string[]>()

/**
 * The terms of source code: whole identifiers, their parts, and the stems of words. Stop words are
 * left out.
 */
export function codeTerms(text: string): string[] {
  const textTerms: string[] = []
  for (const word of wordsOf(text)) {
    let wordTerms = wordTermsCache.get(word)
    if (!wordTerms) {
      if (wordTermsCache.size >= MAX_CACHED_WORDS) wordTermsCache.clear()
      wordTermsCache.set(
        word,
        (wordTerms = termsOfWord(word, 'english').filter((term) => !term.startsWith(STOP_MARK)))
      )
    }
    textTerms.push(...wordTerms)
  }
  return textTerms
}

/**
 * Indexes a file: each term with its hits in the order of the pieces. Pieces count from 1; piece 0
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

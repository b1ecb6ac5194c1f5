import { detectLanguage } from '../../memory/search/languages.ts'
import { termsOfWord } from '../../memory/search/terms.ts'
import { wordsOf } from '../../memory/search/words.ts'
import type { TranscriptLine } from './captions.ts'

/** Parts of a video that each contribute passages, and the characters of all passages. */
const VIDEO_PARTS = 16
const PASSAGES_LENGTH = 12_000
const KEY_WORDS = 15
const SAMPLE_WORDS = 300

/**
 * The most informative lines of each part, in order: those with words that recur but are not in
 * every line. Always includes the first and the last line. `share`: their part of all characters.
 */
export function summarizeTranscript(lines: TranscriptLine[]): {
  passages: TranscriptLine[]
  words: string[]
  share: number
} {
  const { terms, spelled } = termsOfLines(lines)
  const { occurrences, weightOf } = weighTerms(terms)
  const lineScores = terms.map(
    (lineTerms) =>
      [...new Set(lineTerms)].reduce((sum, term) => sum + weightOf(term), 0) /
      Math.sqrt(Math.max(lineTerms.length, 5))
  )
  const keptLines = selectLines(lines, lineScores)
  const passages = lines.filter((_, index) => keptLines.has(index))
  const keyWords = [...occurrences.keys()]
    .filter((term) => spelled.get(term)!.length > 2 && !/^\d+$/.test(term))
    .sort((first, second) => weightOf(second) - weightOf(first))
    .slice(0, KEY_WORDS)
    .map((term) => spelled.get(term)!)
  const passageShare = totalLength(passages) / Math.max(totalLength(lines), 1)
  return { passages, words: keyWords, share: Math.round(100 * passageShare) / 100 }
}

/** Weighs terms: those that recur weigh more, and those of every line weigh less. */
function weighTerms(terms: string[][]): {
  occurrences: Map<string, number>
  weightOf: (term: string) => number
} {
  const documentFrequency = new Map<string, number>()
  const occurrences = new Map<string, number>()
  for (const lineTerms of terms) {
    for (const term of new Set(lineTerms)) {
      documentFrequency.set(term, (documentFrequency.get(term) ?? 0) + 1)
    }
    for (const term of lineTerms) occurrences.set(term, (occurrences.get(term) ?? 0) + 1)
  }
  const weightOf = (term: string) =>
    occurrences.get(term)! < 2
      ? 0
      : Math.log(1 + occurrences.get(term)!) *
        Math.log(1 + terms.length / documentFrequency.get(term)!)
  return { occurrences, weightOf }
}

/** Indexes of the best lines of each part within its share of characters, and of both ends. */
function selectLines(lines: TranscriptLine[], lineScores: number[]): Set<number> {
  const keptLines = new Set([0, lines.length - 1])
  const partSize = Math.ceil(lines.length / VIDEO_PARTS)
  for (let partStart = 0; partStart < lines.length; partStart += partSize) {
    let remainingLength = PASSAGES_LENGTH / VIDEO_PARTS
    const bestFirst = lines
      .slice(partStart, partStart + partSize)
      .map((_, index) => partStart + index)
      .sort((first, second) => lineScores[second]! - lineScores[first]! || first - second)
    for (const [rank, lineIndex] of bestFirst.entries()) {
      remainingLength -= lines[lineIndex]!.text.length
      if (rank > 0 && remainingLength < 0) break
      keptLines.add(lineIndex)
    }
  }
  return keptLines
}

function totalLength(lines: TranscriptLine[]): number {
  return lines.reduce((sum, { text }) => sum + text.length, 0)
}

/** The terms of each line, and one spelled word for each term. */
function termsOfLines(lines: TranscriptLine[]): {
  terms: string[][]
  spelled: Map<string, string>
} {
  const words = lines.map(({ text }) => [...wordsOf(text)])
  const language = detectLanguage(
    words
      .flat()
      .slice(0, SAMPLE_WORDS)
      .map((word) => word.toLowerCase())
  )
  const spelled = new Map<string, string>()
  const terms = words.map((line) =>
    line.flatMap((word) =>
      termsOfWord(word, language)
        .filter((term) => !term.startsWith('='))
        .map((term) => {
          if (!spelled.has(term)) spelled.set(term, word.toLowerCase())
          return term
        })
    )
  )
  return { terms, spelled }
}

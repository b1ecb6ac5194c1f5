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
  const documentFrequency = new Map<string, number>()
  const times = new Map<string, number>()
  for (const line of terms) {
    for (const term of new Set(line)) {
      documentFrequency.set(term, (documentFrequency.get(term) ?? 0) + 1)
    }
    for (const term of line) times.set(term, (times.get(term) ?? 0) + 1)
  }
  const weight = (term: string) =>
    times.get(term)! < 2
      ? 0
      : Math.log(1 + times.get(term)!) * Math.log(1 + lines.length / documentFrequency.get(term)!)
  const scores = terms.map(
    (line) =>
      [...new Set(line)].reduce((sum, term) => sum + weight(term), 0) /
      Math.sqrt(Math.max(line.length, 5))
  )

  const kept = new Set([0, lines.length - 1])
  const size = Math.ceil(lines.length / VIDEO_PARTS)
  for (let from = 0; from < lines.length; from += size) {
    let budget = PASSAGES_LENGTH / VIDEO_PARTS
    const best = lines
      .slice(from, from + size)
      .map((_, i) => from + i)
      .sort((first, second) => scores[second]! - scores[first]! || first - second)
    for (const [i, index] of best.entries()) {
      budget -= lines[index]!.text.length
      if (i > 0 && budget < 0) break
      kept.add(index)
    }
  }
  const passages = lines.filter((_, index) => kept.has(index))
  const totalLength = (textLines: TranscriptLine[]) =>
    textLines.reduce((sum, { text }) => sum + text.length, 0)
  const words = [...times.keys()]
    .filter((term) => spelled.get(term)!.length > 2 && !/^\d+$/.test(term))
    .sort((first, second) => weight(second) - weight(first))
    .slice(0, KEY_WORDS)
    .map((term) => spelled.get(term)!)
  return {
    passages,
    words,
    share: Math.round((100 * totalLength(passages)) / Math.max(totalLength(lines), 1)) / 100
  }
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

import { type NameShare, sharesText } from './file-facts.ts'

/** One pattern in how a project is worked on. */
export interface PatternFinding {
  area: string
  finding: string
  /** 0 to 1: the share that follows the pattern, less where there are few cases. */
  confidence: number
  /** Cases that were counted. */
  based_on: number
}

/** Cases below which a preference would be chance. */
export const MIN_CASES = 3
/** Cases at which the confidence is half of the share. */
const HALF_CONFIDENCE_CASES = 5
const MAX_SHARES = 5

/** A finding from so many cases, of which `share` (0 to 1) follow the pattern. */
export function findingOf(area: string, finding: string, cases: number, share = 1): PatternFinding {
  const confidence = (share * cases) / (cases + HALF_CONFIDENCE_CASES)
  return { area, finding, confidence: Math.round(confidence * 100) / 100, based_on: cases }
}

/** The most frequent names and their shares as a finding; none if there are too few cases. */
export function preferenceFinding(
  area: string,
  nameShares: readonly NameShare[],
  introduction = ''
): PatternFinding[] {
  const caseCount = nameShares.reduce((sum, { count }) => sum + count, 0)
  const [topShare] = nameShares
  if (!topShare || caseCount < MIN_CASES) return []
  const finding = `${introduction}${sharesText(nameShares.slice(0, MAX_SHARES))}`
  return [findingOf(area, finding, caseCount, topShare.share)]
}

/** The lower median of the numbers; undefined when there are none. */
export function medianOf(numbers: readonly number[]): number | undefined {
  const sortedNumbers = numbers.toSorted((a, b) => a - b)
  return sortedNumbers[Math.floor((sortedNumbers.length - 1) / 2)]
}

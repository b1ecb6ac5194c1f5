import { cutToBudget } from '../../lib/answer-size.ts'
import { codeTerms } from './postings.ts'

/** Cost of a snippet for each of its characters, at most: see textCost. */
const CHARACTER_COST = 1.5

/**
 * The text, in at most `maxLength` characters. A long text is cut to the lines with the most
 * different terms, and marked with `…` where lines are missing.
 */
export function snippetOf(text: string, terms: ReadonlySet<string>, maxLength: number): string {
  const budget = maxLength * CHARACTER_COST
  if (text.length <= maxLength) return cutToBudget(text.trimEnd(), budget)
  const textLines = text.split('\n')
  const bestStart = findBestStart(textLines, terms, maxLength)
  const excerpt = cutToBudget(textLines.slice(bestStart).join('\n').slice(0, maxLength), budget)
  return `${bestStart > 0 ? '…\n' : ''}${excerpt}\n…`
}

/** The first line of the window of `maxLength` characters that has the most different terms. */
function findBestStart(
  lines: readonly string[],
  terms: ReadonlySet<string>,
  maxLength: number
): number {
  const lineTerms = lines.map((line) => codeTerms(line).filter((term) => terms.has(term)))
  let bestStart = 0
  let mostTerms = -1
  for (let start = 0; start < lines.length; start++) {
    const windowTerms = new Set<string>()
    for (let end = start, length = 0; end < lines.length; end++) {
      length += lines[end]!.length + 1
      if (length > maxLength) break
      for (const term of lineTerms[end]!) windowTerms.add(term)
    }
    if (windowTerms.size > mostTerms) {
      bestStart = start
      mostTerms = windowTerms.size
    }
  }
  return bestStart
}

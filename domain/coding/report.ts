import { countTokens } from '../../lib/answer-size.ts'
import { clipText } from './text.ts'

/** A heading and the lines under it, the most important line first. */
export interface ReportSection {
  title: string
  lines: string[]
}

/** Sections that were fitted into a budget. */
export interface FittedReport {
  sections: ReportSection[]
  /** An estimate, rounded up. */
  tokens: number
  /** Lines that did not fit. */
  left_out: number
}

const MAX_LINE_LENGTH = 600
/** What the list mark of a line, or the heading mark of a title, costs beside its text. */
const MARK_TOKENS = 2

/**
 * Fits the sections into `maxTokens`: the first line of each section, then the second of each, and
 * so on. Every section keeps a line before any section grows long. At least one line is kept.
 */
export function fitSections(sections: ReportSection[], maxTokens: number): FittedReport {
  const candidates = sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => ({
      title,
      lines: lines.map((line) => clipText(line, MAX_LINE_LENGTH)),
      kept: [] as string[]
    }))
  const roundCount = Math.max(0, ...candidates.map(({ lines }) => lines.length))
  let tokenCount = 0
  let leftOut = 0
  for (let lineIndex = 0; lineIndex < roundCount; lineIndex++) {
    for (const { title, lines, kept } of candidates) {
      const nextLine = lines[lineIndex]
      if (nextLine === undefined) continue
      const titleCost = kept.length === 0 ? countTokens(title) + MARK_TOKENS : 0
      const lineCost = countTokens(nextLine) + MARK_TOKENS + titleCost
      if (tokenCount + lineCost > maxTokens && tokenCount > 0) leftOut++
      else {
        tokenCount += lineCost
        kept.push(nextLine)
      }
    }
  }
  return {
    sections: candidates
      .filter(({ kept }) => kept.length > 0)
      .map(({ title, kept }) => ({ title, lines: kept })),
    tokens: Math.ceil(tokenCount),
    left_out: leftOut
  }
}

/** The lines of each section under its title. */
export function linesByTitle(sections: ReportSection[]): Record<string, string[]> {
  return Object.fromEntries(sections.map(({ title, lines }) => [title, lines]))
}

/** Lines by title, as Markdown headings and lists. */
export function sectionsMarkdown(sections: Record<string, string[]>): string {
  return Object.entries(sections)
    .map(([title, lines]) => `## ${title}\n${bulletList(lines)}`)
    .join('\n\n')
}

/** The lines as a Markdown list. */
export function bulletList(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n')
}

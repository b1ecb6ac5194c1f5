import { Type } from 'typebox'
import { countTokens } from '../../lib/answer-size.ts'
import { clipped } from './fields.ts'

/** A heading and what stands under it, the most important line first. */
export interface Section {
  title: string
  lines: string[]
}

/** Lines under their titles, as tools answer them. */
export const Sections = Type.Record(Type.String(), Type.Array(Type.String()))

export interface Report {
  sections: Section[]
  /** About. */
  tokens: number
  /** Lines that did not fit. */
  left_out: number
}

/** Characters of one line. */
const LINE = 600

/**
 * As much of the sections as the budget holds: the first line of each, then the second of each, and
 * so on, so that every section is heard before any is told at length.
 */
export function fitted(sections: Section[], maxTokens: number): Report {
  const filled = sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => ({
      title,
      lines: lines.map((line) => clipped(line, LINE)),
      kept: [] as string[]
    }))
  let tokens = 0
  let left = 0
  const most = Math.max(0, ...filled.map(({ lines }) => lines.length))
  for (let i = 0; i < most; i++) {
    for (const { title, lines, kept } of filled) {
      const line = lines[i]
      if (line === undefined) continue
      const cost = countTokens(line) + 2 + (kept.length === 0 ? countTokens(title) + 2 : 0)
      if (tokens + cost > maxTokens && tokens > 0) left++
      else {
        tokens += cost
        kept.push(line)
      }
    }
  }
  return {
    sections: filled
      .filter(({ kept }) => kept.length > 0)
      .map(({ title, kept }) => ({ title, lines: kept })),
    tokens: Math.ceil(tokens),
    left_out: left
  }
}

/** The lines under each title. */
export function byTitle(sections: Section[]): Record<string, string[]> {
  return Object.fromEntries(sections.map(({ title, lines }) => [title, lines]))
}

/** The sections as Markdown. */
export function markdown(sections: Record<string, string[]>): string {
  return Object.entries(sections)
    .map(([title, lines]) => `## ${title}\n${lines.map((line) => `- ${line}`).join('\n')}`)
    .join('\n\n')
}

import { countTokens, cutToBudget } from '../../lib/answer-size.ts'
import { GLOBAL_NAMESPACE } from '../memory/fields.ts'
import { type Candidate, type SectionName, sectionNames } from './candidates.ts'

/**
 * What each section may take at first, as a share of the size. What is left goes to the sections in
 * their order, so pinned memories come first and none crowds out all others.
 */
const shares: Record<SectionName, number> = { pinned: 0.4, topic: 0.6, work: 0.25, newest: 0.1 }

/** What a text may take, as a share of the size, and its limits in tokens. */
const TEXT_SHARE = 1 / 6
const MIN_TEXT_TOKENS = 25
const MAX_TEXT_TOKENS = 150
const MAX_KEY_LENGTH = 120

/** A line of a briefing with what it tells. */
export interface BriefingLine {
  candidate: Candidate
  line: string
}

export interface SelectedSection {
  section: SectionName
  heading: string
  lines: BriefingLine[]
  /** Candidates that did not fit. */
  left_out: number
}

/**
 * Chooses the lines that fit into so many tokens, headings included. Each candidate appears in the
 * first section that has it.
 */
export function selectLines(
  candidates: Record<SectionName, Candidate[]>,
  headings: Record<SectionName, string>,
  maxTokens: number
): SelectedSection[] {
  const textTokens = Math.min(Math.max(maxTokens * TEXT_SHARE, MIN_TEXT_TOKENS), MAX_TEXT_TOKENS)
  const sections = withoutRepeats(candidates).map(({ section, members }) => ({
    section,
    heading: headings[section],
    waiting: members.map((candidate) => ({ candidate, line: lineOf(candidate, textTokens) })),
    chosen: new Set<BriefingLine>()
  }))
  let remainingTokens = maxTokens
  for (const pass of ['share', 'rest'] as const) {
    for (const { section, heading, waiting, chosen } of sections) {
      let sectionTokens = pass === 'share' ? maxTokens * shares[section] : Infinity
      for (const line of waiting) {
        const headingTokens = chosen.size === 0 ? countTokens(`${heading}\n`) : 0
        const lineTokens = countTokens(`${line.line}\n`) + headingTokens
        if (chosen.has(line) || lineTokens > Math.min(remainingTokens, sectionTokens)) continue
        chosen.add(line)
        remainingTokens -= lineTokens
        sectionTokens -= lineTokens
      }
    }
  }
  return sections.map(({ section, heading, waiting, chosen }) => ({
    section,
    heading,
    lines: waiting.filter((line) => chosen.has(line)),
    left_out: waiting.length - chosen.size
  }))
}

/** The sections in their order, without what an earlier one has. */
function withoutRepeats(candidates: Record<SectionName, Candidate[]>) {
  const seenIds = new Set<string>()
  const seenKeys = new Set<string>()
  const recordKeys = new Set<string>()
  // Records are known by their key alone, which no other record has.
  const isRepeated = ({ memory_id: id, key }: Candidate) =>
    id === undefined ? seenKeys.has(key) : seenIds.has(id) || recordKeys.has(key)
  return sectionNames.map((section) => ({
    section,
    members: candidates[section].filter((candidate) => {
      if (isRepeated(candidate)) return false
      seenKeys.add(candidate.key)
      if (candidate.memory_id === undefined) recordKeys.add(candidate.key)
      else seenIds.add(candidate.memory_id)
      return true
    })
  }))
}

/** `- key [namespace]: text (day)`, in one line, with at most so many tokens of text. */
export function lineOf(candidate: Candidate, textTokens: number): string {
  const { key, agent_name: namespace, text, time } = candidate
  const place =
    namespace === undefined || namespace === GLOBAL_NAMESPACE ? '' : ` [${singleLine(namespace)}]`
  const name = singleLine(key)
  const whole = singleLine(text)
  const cutText = cutToBudget(whole, Math.floor(textTokens * 3))
  return (
    `- ${name.slice(0, MAX_KEY_LENGTH)}${name.length > MAX_KEY_LENGTH ? '…' : ''}` +
    `${place}: ${cutText}${cutText.length < whole.length ? '…' : ''} ` +
    `(${time.toISOString().slice(0, 10)})`
  )
}

/**
 * Stored text as a part of a line: without line breaks, without characters that nobody sees, and
 * without a tag that could end the data.
 */
function singleLine(text: string): string {
  return text
    .replace(/[\u200b\u202a-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu, '')
    .replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/<(?=[/!?a-z])/gi, '‹')
    .trim()
}

import { diffArrays } from 'diff'

/** A stretch of two texts. `gap`: what is equal and left out. */
export interface DiffPart {
  kind: 'same' | 'added' | 'removed' | 'gap'
  text: string
}

/** Characters of each text that are compared, of an equal stretch that is shown, and in all. */
const MAX_COMPARED = 20_000
const MAX_SAME = 240
const MAX_SHOWN = 8_000
const TIMEOUT_MS = 200

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })

/**
 * What changed from one text to the other, word by word, in any language. It compares the first
 * 20,000 characters, and shows texts that differ too much as a whole.
 */
export function diffWords(former: string, present: string): DiffPart[] {
  const [formerWords, presentWords] = [former, present].map((text) =>
    Array.from(segmenter.segment(text.slice(0, MAX_COMPARED)), ({ segment }) => segment)
  ) as [string[], string[]]
  const changes = diffArrays(formerWords, presentWords, { timeout: TIMEOUT_MS }) ?? [
    { removed: true, added: false, value: formerWords },
    { removed: false, added: true, value: presentWords }
  ]
  const parts = changes.map(({ added, removed, value }): DiffPart => ({
    kind: added ? 'added' : removed ? 'removed' : 'same',
    text: value.join('')
  }))
  return limitParts(shortenSame(parts))
}

/** Keeps the ends of long equal stretches. */
function shortenSame(parts: DiffPart[]): DiffPart[] {
  return parts.flatMap((part, index): DiffPart[] => {
    const { kind, text } = part
    if (kind !== 'same' || text.length <= MAX_SAME) return [part]
    const [isFirst, isLast] = [index === 0, index === parts.length - 1]
    const half = MAX_SAME / 2
    return [
      ...(isFirst ? [] : [{ kind, text: text.slice(0, half) }]),
      { kind: 'gap', text: '' },
      ...(isLast ? [] : [{ kind, text: text.slice(-half) }])
    ]
  })
}

function limitParts(parts: DiffPart[]): DiffPart[] {
  let remaining = MAX_SHOWN
  return parts.flatMap((part): DiffPart[] => {
    if (remaining <= 0) return []
    const text = part.text.slice(0, remaining)
    remaining -= text.length
    const isCut = text.length < part.text.length
    return [{ ...part, text }, ...(isCut ? [{ kind: 'gap' as const, text: '' }] : [])]
  })
}

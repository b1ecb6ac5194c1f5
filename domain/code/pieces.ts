import type { CodeSymbol } from './outline.ts'

/**
 * What is shown and scored as one: about a screen. Longer definitions are cut, short neighbours are
 * put together.
 */
const MAX_LINES = 60
const MAX_CHARACTERS = 4000
const SMALL = 8
const TOGETHER = 30
const LONGEST_SYMBOL = 200
const MAX_PIECES = 20_000

export interface SourcePiece {
  first_line: number
  last_line: number
  symbol: string
  kind: string
  text: string
}

interface Span {
  first: number
  last: number
  names: string[]
  kind: string
}

/** A line that belongs to what follows: a comment, an attribute, a decorator. */
const leading =
  /^\s*(?:\/[/*]|\*|@|#(?!\s*(?:include|define|undef|if|ifdef|ifndef|else|elif|endif|pragma|import)\b))/

/** The whole text in pieces, along what it defines; blank ones left out. */
export function piecesOf(text: string, symbols: readonly CodeSymbol[]): SourcePiece[] {
  const lines = text.split('\n')
  const spans: Span[] = []
  cut(
    1,
    lines.length,
    symbols.toSorted((a, b) => a.first_line - b.first_line || b.last_line - a.last_line)
  )
  return together(spans)
    .flatMap((span) => pieces(span))
    .slice(0, MAX_PIECES)

  function cut(first: number, last: number, inside: readonly CodeSymbol[]): void {
    let from = first
    for (let i = 0; i < inside.length; i++) {
      const { name, kind, first_line: begins, last_line: ends } = inside[i]!
      let next = i + 1
      while (next < inside.length && inside[next]!.last_line <= ends) next++
      const within = inside.slice(i + 1, next)
      i = next - 1
      if (begins < from) {
        // on a line with something before
        spans.at(-1)?.names.push(name)
        continue
      }
      let start = begins
      while (start > from && leading.test(lines[start - 2]!)) start--
      if (start > from) spans.push({ first: from, last: start - 1, names: [], kind: '' })
      const end = Math.max(Math.min(ends, last), start)
      if (end - start < MAX_LINES || within.length === 0) {
        spans.push({ first: start, last: end, names: [name], kind })
      } else {
        const head = Math.max(Math.min(begins, end), start)
        spans.push({ first: start, last: head, names: [name], kind })
        cut(head + 1, end, within)
      }
      from = end + 1
    }
    if (from <= last) spans.push({ first: from, last, names: [], kind: '' })
  }

  /**
   * A span as one piece, or as several when it is long; a line that is too long by itself is cut.
   */
  function pieces({ first, last, names, kind }: Span): SourcePiece[] {
    const made: SourcePiece[] = []
    const symbol = names.join(', ').slice(0, LONGEST_SYMBOL)
    let part: string[] = []
    let length = 0
    let begins = first
    const end = (line: number) => {
      const text = part.join('\n')
      if (text.trim() !== '') made.push({ first_line: begins, last_line: line, symbol, kind, text })
      part = []
      length = 0
    }
    for (let line = first; line <= last; line++) {
      for (const [i, slice] of slices(lines[line - 1]!).entries()) {
        if (
          part.length > 0 &&
          (part.length >= MAX_LINES || length + slice.length > MAX_CHARACTERS)
        ) {
          end(i === 0 ? line - 1 : line)
          begins = line
        }
        if (part.length === 0) begins = line
        part.push(slice)
        length += slice.length + 1
      }
    }
    end(last)
    return made
  }
}

/** Neighbours that are short, as one. */
function together(spans: readonly Span[]): Span[] {
  const joined: Span[] = []
  for (const span of spans) {
    const before = joined.at(-1)
    const size = ({ first, last }: Span) => last - first + 1
    if (
      before &&
      size(span) < SMALL &&
      size(before) + size(span) <= TOGETHER &&
      (before.names.length !== 1 || size(before) < SMALL || span.names.length === 0)
    ) {
      before.last = span.last
      before.names.push(...span.names)
      before.kind ||= span.kind
    } else {
      joined.push({ ...span, names: [...span.names] })
    }
  }
  return joined
}

/** A line in parts that fit into a piece, never half a character. */
function slices(line: string): string[] {
  if (line.length <= MAX_CHARACTERS) return [line]
  const parts: string[] = []
  for (let at = 0; at < line.length;) {
    let to = Math.min(at + MAX_CHARACTERS, line.length)
    if (to < line.length && /[\uDC00-\uDFFF]/.test(line[to]!)) to--
    parts.push(line.slice(at, to))
    at = to
  }
  return parts
}

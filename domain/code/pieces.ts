import type { CodeSymbol } from './outline.ts'

/** A piece is about a screen: long definitions are cut, short neighbours are merged. */
const MAX_LINES = 60
const MAX_CHARACTERS = 4000
const SMALL_LINES = 8
const MAX_MERGED_LINES = 30
const MAX_SYMBOL_LENGTH = 200
const MAX_PIECES = 20_000

/** A part of a file that the search scores and shows as one. */
export interface SourcePiece {
  first_line: number
  last_line: number
  symbol: string
  kind: string
  text: string
}

/** Lines from `first` to `last`, counted from 1, and the symbols that they define. */
interface LineSpan {
  first: number
  last: number
  names: string[]
  kind: string
}

/** A line that belongs to the definition below it: a comment, an attribute, a decorator. */
const leadingLine = new RegExp(
  '^\\s*(?:/[/*]|\\*|@|#(?!\\s*' +
    '(?:include|define|undef|if|ifdef|ifndef|else|elif|endif|pragma|import)\\b))'
)

/** Cuts a file into pieces along its definitions. Blank pieces are left out. */
export function piecesOf(text: string, symbols: readonly CodeSymbol[]): SourcePiece[] {
  const lines = text.split('\n')
  const sortedSymbols = symbols.toSorted(
    (a, b) => a.first_line - b.first_line || b.last_line - a.last_line
  )
  const spans: LineSpan[] = []
  addSpans(spans, lines, { first: 1, last: lines.length }, sortedSymbols)
  return mergeSmallSpans(spans)
    .flatMap((span) => spanPieces(span, lines))
    .slice(0, MAX_PIECES)
}

/** Adds the spans of a range of lines. A long definition is cut along the symbols inside it. */
function addSpans(
  spans: LineSpan[],
  lines: readonly string[],
  { first, last }: { first: number; last: number },
  symbols: readonly CodeSymbol[]
): void {
  let nextLine = first
  for (let i = 0; i < symbols.length; i++) {
    const { name, kind, first_line: firstLine, last_line: lastLine } = symbols[i]!
    let following = i + 1
    while (following < symbols.length && symbols[following]!.last_line <= lastLine) following++
    const innerSymbols = symbols.slice(i + 1, following)
    i = following - 1
    if (firstLine < nextLine) {
      // The symbol begins on the last line of the span before it.
      spans.at(-1)?.names.push(name)
      continue
    }
    let spanStart = firstLine
    while (spanStart > nextLine && leadingLine.test(lines[spanStart - 2]!)) spanStart--
    if (spanStart > nextLine) {
      spans.push({ first: nextLine, last: spanStart - 1, names: [], kind: '' })
    }
    const spanEnd = Math.max(Math.min(lastLine, last), spanStart)
    if (spanEnd - spanStart < MAX_LINES || innerSymbols.length === 0) {
      spans.push({ first: spanStart, last: spanEnd, names: [name], kind })
    } else {
      const headEnd = Math.max(Math.min(firstLine, spanEnd), spanStart)
      spans.push({ first: spanStart, last: headEnd, names: [name], kind })
      addSpans(spans, lines, { first: headEnd + 1, last: spanEnd }, innerSymbols)
    }
    nextLine = spanEnd + 1
  }
  if (nextLine <= last) spans.push({ first: nextLine, last, names: [], kind: '' })
}

/** The pieces of a span: one, or several if it is long. A line that is too long is cut, too. */
function spanPieces(
  { first, last, names, kind }: LineSpan,
  lines: readonly string[]
): SourcePiece[] {
  const pieces: SourcePiece[] = []
  const symbol = names.join(', ').slice(0, MAX_SYMBOL_LENGTH)
  let pieceLines: string[] = []
  let pieceLength = 0
  let firstLine = first
  const endPiece = (lastLine: number) => {
    const text = pieceLines.join('\n')
    if (text.trim() !== '') {
      pieces.push({ first_line: firstLine, last_line: lastLine, symbol, kind, text })
    }
    pieceLines = []
    pieceLength = 0
  }
  for (let lineNumber = first; lineNumber <= last; lineNumber++) {
    for (const [i, slice] of lineSlices(lines[lineNumber - 1]!).entries()) {
      const isFull = pieceLines.length >= MAX_LINES || pieceLength + slice.length > MAX_CHARACTERS
      if (pieceLines.length > 0 && isFull) endPiece(i === 0 ? lineNumber - 1 : lineNumber)
      if (pieceLines.length === 0) firstLine = lineNumber
      pieceLines.push(slice)
      pieceLength += slice.length + 1
    }
  }
  endPiece(last)
  return pieces
}

function mergeSmallSpans(spans: readonly LineSpan[]): LineSpan[] {
  const mergedSpans: LineSpan[] = []
  const lineCount = ({ first, last }: LineSpan) => last - first + 1
  for (const span of spans) {
    const previousSpan = mergedSpans.at(-1)
    if (
      previousSpan &&
      lineCount(span) < SMALL_LINES &&
      lineCount(previousSpan) + lineCount(span) <= MAX_MERGED_LINES &&
      // A definition of some size stays alone, but takes the lines between it and the next.
      (previousSpan.names.length !== 1 ||
        lineCount(previousSpan) < SMALL_LINES ||
        span.names.length === 0)
    ) {
      previousSpan.last = span.last
      previousSpan.names.push(...span.names)
      previousSpan.kind ||= span.kind
    } else {
      mergedSpans.push({ ...span, names: [...span.names] })
    }
  }
  return mergedSpans
}

/** Cuts a line into parts that fit into a piece, never inside a surrogate pair. */
function lineSlices(line: string): string[] {
  if (line.length <= MAX_CHARACTERS) return [line]
  const slices: string[] = []
  for (let start = 0; start < line.length;) {
    let end = Math.min(start + MAX_CHARACTERS, line.length)
    if (end < line.length && /[\uDC00-\uDFFF]/.test(line[end]!)) end--
    slices.push(line.slice(start, end))
    start = end
  }
  return slices
}

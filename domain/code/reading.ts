import { manifestNames } from './manifests.ts'
import { type SourceOutline, outlineOf, ParserDiedError } from './outline.ts'
import { type SourcePiece, piecesOf } from './pieces.ts'
import { postingsOf } from './postings.ts'

export interface SourceFile {
  path: string
  language: string
  content: string
}

/** Everything that the index stores of a file. */
export interface SourceReading extends SourceOutline {
  /** Whether a grammar parsed it. Otherwise it is indexed as lines. */
  parsed: boolean
  lines: number
  pieces: SourcePiece[]
  postings: Array<[term: string, hits: number[]]>
}

/** `isLast`: this process cannot parse any more. */
export interface FileReading {
  reading: SourceReading
  isLast: boolean
}

/** Reads one file with the grammar of its language, or as lines without one. */
export async function readSourceFile({
  path,
  language,
  content
}: SourceFile): Promise<FileReading> {
  let sourceOutline: SourceOutline | undefined
  let isLast = false
  try {
    sourceOutline = await outlineOf(content, language)
  } catch (error) {
    if (!(error instanceof ParserDiedError)) throw error
    isLast = true
  }
  const { symbols, imports, provides } = sourceOutline ?? {
    symbols: [],
    imports: [],
    provides: manifestNames(path, content)
  }
  const sourcePieces = piecesOf(content, symbols)
  const sourceReading = {
    parsed: sourceOutline !== undefined,
    symbols,
    imports,
    provides,
    lines: content.split('\n').length,
    pieces: sourcePieces,
    postings: postingsOf(path, sourcePieces)
  }
  return { reading: sourceReading, isLast }
}

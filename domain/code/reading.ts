import { manifestNames } from './manifests.ts'
import { type Outline, outlineOf, ParserDied } from './outline.ts'
import { type Piece, piecesOf } from './pieces.ts'
import { postingsOf } from './postings.ts'

export interface SourceFile {
  path: string
  language: string
  content: string
}

/** All that is kept of a file. */
export interface Reading extends Outline {
  /** Whether a grammar read it; otherwise it is lines. */
  parsed: boolean
  lines: number
  pieces: Piece[]
  postings: Array<[term: string, hits: number[]]>
}

/** `isLast`: nothing more can be parsed in this process. */
export interface FileReading {
  reading: Reading
  isLast: boolean
}

/** Reads one file, by its grammar or else as lines. */
export async function read({ path, language, content }: SourceFile): Promise<FileReading> {
  let outline: Outline | undefined
  let isLast = false
  try {
    outline = await outlineOf(content, language)
  } catch (error) {
    if (!(error instanceof ParserDied)) throw error
    isLast = true
  }
  const { symbols, imports, provides } = outline ?? {
    symbols: [],
    imports: [],
    provides: manifestNames(path, content)
  }
  const pieces = piecesOf(content, symbols)
  const reading = {
    parsed: outline !== undefined,
    symbols,
    imports,
    provides,
    lines: content.split('\n').length,
    pieces,
    postings: postingsOf(path, pieces)
  }
  return { reading, isLast }
}

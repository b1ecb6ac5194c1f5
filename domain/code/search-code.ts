import { listCodePieces } from '../../db/code/pieces.ts'
import { countCodeTerms, scoreCodePieces } from '../../db/code/postings.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { requireIndexedProject } from './fields.ts'
import { globPattern } from './glob.ts'
import { codeTerms, SCORE_SCALE } from './postings.ts'
import { snippetOf } from './snippet.ts'

const DEFAULT_RESULTS = 5
/** Different terms of a query that are searched. */
const MAX_TERMS = 64
/** Characters of all snippets of an answer together, and of one. */
const ANSWER_LENGTH = 36_000
const MAX_SNIPPET_LENGTH = 4000

/** A search in one project. `file_filter`: a glob over paths. */
export interface CodeQuery {
  project_id: string
  query: string
  /** Results at most; 5 if left out. */
  k?: number
  file_filter?: string
}

/** A piece of source code, with its lines counted from 1. */
export interface CodeResult {
  path: string
  first_line: number
  last_line: number
  /** Its kind and name, such as `function main`. */
  symbol?: string
  snippet: string
  score: number
}

/**
 * Searches the indexed source of a project, best first (BM25). Throws ToolError when the project is
 * not indexed, or the query has no words.
 */
export async function searchCode(
  { db, principal }: CallContext,
  { project_id: projectId, query, k = DEFAULT_RESULTS, file_filter: fileFilter }: CodeQuery
): Promise<CodeResult[]> {
  const userId = principal.user_id
  const { project_no: projectNo, files } = await requireIndexedProject(db, userId, projectId)
  const queryTerms = [...new Set(codeTerms(query))].slice(0, MAX_TERMS)
  if (queryTerms.length === 0) {
    throw new ToolError(
      'The query has no words to search for. ' +
        'Ask with identifiers or words that the code may contain.'
    )
  }
  const documentFrequencies = await countCodeTerms(db, userId, projectNo, queryTerms)
  if (documentFrequencies.size === 0) return []
  const hits = await scoreCodePieces(db, userId, projectNo, {
    terms: scoreTerms(documentFrequencies, files),
    pattern: fileFilter ? globPattern(fileFilter) : undefined,
    limit: k
  })
  if (hits.length === 0) return []
  const scoreByPiece = new Map(hits.map((hit) => [pieceKey(hit), hit.score]))
  const pieces = await listCodePieces(db, userId, projectNo, hits)
  const indexedTerms = new Set(documentFrequencies.keys())
  const snippetLength = Math.min(MAX_SNIPPET_LENGTH, Math.floor(ANSWER_LENGTH / k))
  return pieces.map((piece) => ({
    path: piece.path,
    first_line: piece.first_line,
    last_line: piece.last_line,
    ...(piece.symbol && { symbol: `${piece.kind} ${piece.symbol}` }),
    snippet: snippetOf(piece.text, indexedTerms, snippetLength),
    score: Math.round((scoreByPiece.get(pieceKey(piece))! / SCORE_SCALE) * 1000) / 1000
  }))
}

/** Each term with its inverse document frequency, as BM25 defines it. */
function scoreTerms(documentFrequencies: ReadonlyMap<string, number>, fileCount: number) {
  return [...documentFrequencies].map(([term, frequency]) => ({
    term,
    score: Math.log(1 + (fileCount - frequency + 0.5) / (frequency + 0.5))
  }))
}

function pieceKey(piece: { file_no: number; piece_no: number }): string {
  return `${piece.file_no} ${piece.piece_no}`
}

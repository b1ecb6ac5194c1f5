import { Type } from 'typebox'
import { listCodePieces } from '../../db/code/pieces.ts'
import { countCodeTerms, scoreCodePieces } from '../../db/code/postings.ts'
import { cutToBudget } from '../../lib/answer-size.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import {
  closedObject,
  requireIndexedProject,
  ProjectField,
  readOnly
} from '../../domain/code/fields.ts'
import { globPattern } from '../../domain/code/glob.ts'
import { codeTerms, SCORE_SCALE } from '../../domain/code/postings.ts'

/** Different terms of a query that are looked up. */
const MAX_TERMS = 64
/** Characters of the snippets of an answer, and of one at most. */
const BUDGET = 36_000
const LONGEST_SNIPPET = 4000

export const searchSource = tool({
  name: 'coding_search_source_code',
  title: 'Search source code',
  description:
    'Finds functions, classes and passages in the indexed source of a project, best first.',
  groups: ['coding'],
  annotations: readOnly,
  input: Type.Object(
    {
      project_id: ProjectField,
      query: Type.String({ minLength: 1, maxLength: 2000, description: 'Identifiers or words.' }),
      k: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 50, default: 5, description: 'Results.' })
      ),
      file_filter: Type.Optional(Type.String({ maxLength: 200, description: 'Like src/**/*.ts.' }))
    },
    closedObject
  ),
  output: Type.Object(
    {
      results: Type.Array(
        Type.Object(
          {
            path: Type.String(),
            first_line: Type.Integer(),
            last_line: Type.Integer(),
            symbol: Type.Optional(Type.String()),
            snippet: Type.String(),
            score: Type.Number()
          },
          closedObject
        )
      ),
      reason: Type.Optional(Type.String())
    },
    closedObject
  ),
  async run(
    { project_id: projectId, query, k = 5, file_filter: filter },
    { db, principal: { user_id: userId } }
  ) {
    const { project_no: project, files } = await requireIndexedProject(db, userId, projectId)
    const asked = [...new Set(codeTerms(query))].slice(0, MAX_TERMS)
    if (asked.length === 0) {
      throw new ToolError(
        'The query has no words to search for. Ask with identifiers or words that the code may contain.'
      )
    }
    const documentFrequency = await countCodeTerms(db, userId, project, asked)
    const terms = [...documentFrequency].map(([term, holding]) => ({
      term,
      score: Math.log(1 + (files - holding + 0.5) / (holding + 0.5))
    })) // BM25's inverse document frequency
    const hits =
      terms.length > 0
        ? await scoreCodePieces(db, userId, project, {
            terms,
            pattern: filter ? globPattern(filter) : undefined,
            limit: k
          })
        : []
    if (hits.length === 0) {
      return {
        results: [],
        reason: `Nothing indexed in project "${projectId}"${filter ? ` under ${filter}` : ''} has any of these words. Try other words${filter ? ' or no filter' : ''}.`
      }
    }
    const scores = new Map(
      hits.map(({ file_no: file, piece_no: piece, score }) => [`${file} ${piece}`, score])
    )
    const pieces = await listCodePieces(db, userId, project, hits)
    const found = new Set(documentFrequency.keys())
    return {
      results: pieces.map(
        ({
          path,
          file_no: file,
          piece_no: piece,
          first_line: first,
          last_line: last,
          symbol,
          kind,
          text
        }) => ({
          path,
          first_line: first,
          last_line: last,
          ...(symbol && { symbol: `${kind} ${symbol}` }),
          snippet: snippetOf(text, found, Math.min(LONGEST_SNIPPET, Math.floor(BUDGET / k))),
          score: Math.round((scores.get(`${file} ${piece}`)! / SCORE_SCALE) * 1000) / 1000
        })
      )
    }
  },
  text: ({ results, reason }) =>
    reason ??
    results
      .map(
        ({ path, first_line: first, last_line: last, symbol, snippet, score }, i) =>
          `${i + 1}. ${path}:${first}-${last}${symbol ? ` ${symbol}` : ''} (score ${score})\n${snippet}`
      )
      .join('\n\n')
})

/**
 * The text, or of a long one the lines from where most of the different terms stand, in at most so
 * many characters.
 */
function snippetOf(text: string, terms: ReadonlySet<string>, length: number): string {
  if (text.length <= length) return cutToBudget(text.trimEnd(), length * 1.5)
  const lines = text
    .split('\n')
    .map((line) => ({ line, terms: codeTerms(line).filter((term) => terms.has(term)) }))
  let best = { at: 0, different: -1 }
  for (let at = 0; at < lines.length; at++) {
    const seen = new Set<string>()
    for (let to = at, size = 0; to < lines.length && size <= length; to++) {
      size += lines[to]!.line.length + 1
      if (size <= length) for (const term of lines[to]!.terms) seen.add(term)
    }
    if (seen.size > best.different) best = { at, different: seen.size }
  }
  const part = cutToBudget(
    lines
      .slice(best.at)
      .map(({ line }) => line)
      .join('\n')
      .slice(0, length),
    length * 1.5
  )
  return `${best.at > 0 ? '…\n' : ''}${part}\n…`
}

import { Type } from 'typebox'
import { type CodeQuery, searchCode } from '../../domain/code/search-code.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, readOnlyHints } from './fields.ts'

const SearchResult = Type.Object(
  {
    path: Type.String(),
    first_line: Type.Integer(),
    last_line: Type.Integer(),
    symbol: Type.Optional(Type.String()),
    snippet: Type.String(),
    score: Type.Number()
  },
  closed
)

export const codingSearchSourceCode = tool({
  name: 'coding_search_source_code',
  title: 'Search source code',
  description:
    'Finds functions, classes and passages in the indexed source of a project, best ' +
    'first. Use it for code that coding_index_source_code has indexed; for what was ' +
    'decided or went wrong, use coding_get_project_context.',
  example: { project_id: 'shop', query: 'price with tax' },
  groups: ['coding'],
  annotations: readOnlyHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      query: Type.String({
        minLength: 1,
        maxLength: 2000,
        description: 'Identifiers or words to search for.'
      }),
      k: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 50,
          default: 5,
          description: 'How many results at most.'
        })
      ),
      file_filter: Type.Optional(
        Type.String({ maxLength: 200, description: 'Only these paths, such as src/**/*.ts.' })
      )
    },
    closed
  ),
  output: Type.Object(
    { results: Type.Array(SearchResult), reason: Type.Optional(Type.String()) },
    closed
  ),
  async run(input, context) {
    const results = await searchCode(context, input)
    return results.length > 0 ? { results } : { results, reason: noResultsReason(input) }
  },
  text: ({ results, reason }) =>
    reason ??
    results
      .map(
        ({ path, first_line: firstLine, last_line: lastLine, symbol, snippet, score }, i) =>
          `${i + 1}. ${path}:${firstLine}-${lastLine}${symbol ? ` ${symbol}` : ''} ` +
          `(score ${score})\n${snippet}`
      )
      .join('\n\n')
})

function noResultsReason({ project_id: projectId, file_filter: fileFilter }: CodeQuery): string {
  const filterNote = fileFilter ? ` under ${fileFilter}` : ''
  return (
    `Nothing indexed in project "${projectId}"${filterNote} has any of these words. ` +
    `Try other words${fileFilter ? ' or no filter' : ''}.`
  )
}

import { Type } from 'typebox'
import { type ErrorMatch, searchErrors } from '../../domain/coding/search-errors.ts'
import { countedNoun, singleLine } from '../../domain/coding/text.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, readOnlyHints, RequiredText } from './fields.ts'

const ErrorResult = Type.Object(
  {
    matched: Type.String(),
    solution: Type.Optional(Type.String()),
    other_solutions: Type.Optional(Type.Array(Type.String())),
    error_type: Type.String(),
    message: Type.String(),
    place: Type.Optional(Type.String()),
    occurrences: Type.Integer(),
    projects: Type.Array(Type.String()),
    last_at: Type.String(),
    error_id: Type.String()
  },
  closed
)

const NO_RESULTS =
  'No similar error has been recorded. When this one is solved, record it with its solution: ' +
  'coding_record_error.'

export const codingSearchErrors = tool({
  name: 'coding_search_errors',
  title: 'Search earlier errors',
  description:
    'Finds errors met before in any project, with their solutions: first the same error, ' +
    'at any line or path, then similar ones. Use it before you debug; to keep a new one, ' +
    'use coding_record_error.',
  example: { project_id: 'shop', query: 'TypeError: price is undefined' },
  rare: ['k'],
  groups: ['coding'],
  annotations: readOnlyHints,
  input: Type.Object(
    {
      project_id: { ...ProjectId, description: 'Project whose errors come first.' },
      query: RequiredText('Message, stack trace or words of it.', 20_000),
      k: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 50,
          default: 5,
          description: 'How many errors at most.'
        })
      )
    },
    closed
  ),
  output: Type.Object({ results: Type.Array(ErrorResult) }, closed),
  run: async (input, context) => ({ results: await searchErrors(context, input) }),
  text({ results }) {
    if (results.length === 0) return NO_RESULTS
    const matches = results as ErrorMatch[]
    return [`${countedNoun(results.length, 'error')} found.`, ...matches.map(matchText)].join(
      '\n\n'
    )
  }
})

function matchText(match: ErrorMatch, index: number): string {
  const { matched, solution, other_solutions: otherSolutions = [], place, occurrences } = match
  const matchKind = matched === 'same' ? 'The same error' : 'A similar error'
  const occurrenceText = occurrences === 1 ? 'once' : `${occurrences} times`
  return [
    `${index + 1}. ${matchKind}${solution === undefined ? ', not solved yet' : ''}`,
    ...(solution === undefined ? [] : [`Solution: ${solution}`]),
    ...otherSolutions.map((otherSolution) => `Another solution: ${otherSolution}`),
    `${match.error_type}: ${singleLine(match.message, 300)}`,
    `${place ? `At ${place}, ` : ''}in ${match.projects.join(', ')}; ${occurrenceText}, ` +
      `last on ${match.last_at.slice(0, 10)} (${match.error_id})`
  ].join('\n')
}

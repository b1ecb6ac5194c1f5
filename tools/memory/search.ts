import { type Static, Type } from 'typebox'
import {
  AllTags,
  AnyNamespace,
  closed,
  DEFAULT_IMPORTANCE,
  OnlyType,
  TagMatch
} from '../../domain/memory/fields.ts'
import type { OverviewMemory } from '../../domain/memory/overview.ts'
import { type FoundMemory, searchWithNotes } from '../../domain/memory/search/search-memories.ts'
import { Timezone, TimeWords } from '../../domain/memory/when.ts'
import { fitItems, countTokens } from '../../lib/answer-size.ts'
import { quantity } from '../../lib/quantity.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'
import { LIST_VALUE_LIMIT, marksText, reasonField, truthFields, valueText } from './answer.ts'

const MAX_RESULTS = 100
const OVERVIEW_SNIPPET_LENGTH = 200

const SearchResult = Type.Object(
  {
    key: Type.String(),
    agent_name: Type.String(),
    value: Type.String(),
    truncated: Type.Optional(Type.Boolean()),
    score: Type.Number(),
    matched: Type.Array(Type.String()),
    why: Type.String(),
    snippet: Type.String(),
    ...truthFields,
    session_id: Type.Optional(Type.String()),
    created_at: Type.String()
  },
  closed
)

export const memorySearch = tool({
  name: 'memory_search',
  title: 'Search memories',
  description:
    'Finds memories by their content, best first; ask in plain words. Use it before you ' +
    'answer anything that may depend on what was said or decided earlier. By time alone, ' +
    'use memory_timeline.',
  example: { query: 'How do I take my coffee?' },
  rare: ['max_tokens', 'tag_match', 'min_importance', 'timezone', 'type'],
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      query: Type.String({ maxLength: 20_000, description: 'Question or words to search for.' }),
      k: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MAX_RESULTS,
          default: 10,
          description: 'How many results at most.'
        })
      ),
      max_tokens: Type.Optional(
        Type.Integer({ minimum: 1, description: 'Size of all results, instead of k.' })
      ),
      agent_name: AnyNamespace,
      tags: AllTags,
      tag_match: TagMatch,
      type: OnlyType,
      when: TimeWords,
      timezone: Timezone,
      min_importance: Type.Optional(
        Type.Number({ description: 'Least importance of results, 0 to 1.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      results: Type.Array(SearchResult),
      search_mode: Type.Enum(['hybrid', 'lexical']),
      reason: Type.Optional(Type.String())
    },
    closed
  ),
  async run({ k = 10, max_tokens: maxTokens, ...request }, context) {
    const outcome = await searchWithNotes(context, {
      ...request,
      limit: maxTokens === undefined ? k : MAX_RESULTS,
      valueLimit: LIST_VALUE_LIMIT
    })
    if (outcome.kind === 'overview') {
      const overview = fitItems(outcome.memories.map(overviewResult))
      return { results: overview, search_mode: 'lexical' as const, ...reasonField(outcome.notes) }
    }
    const { memories, mode, notes } = outcome
    const fittingResults = fitItems(memories.map(rankedResult))
    const results =
      maxTokens === undefined ? fittingResults : withinTokens(maxTokens, fittingResults)
    const place = maxTokens === undefined ? 'one answer' : `${maxTokens} tokens`
    const cutNote =
      results.length < memories.length
        ? `Only the best ${results.length} of ${memories.length} results fit into ${place}.`
        : ''
    return { results, search_mode: mode, ...reasonField([...notes, cutNote]) }
  },
  text({ results, search_mode: mode, reason }) {
    const count = quantity(results.length, 'memory', 'memories')
    return [
      `${count} found (search_mode: ${mode}).`,
      ...results.map(resultText),
      ...(reason ? [reason] : [])
    ].join('\n\n')
  }
})

type Result = Static<typeof SearchResult>

function resultText({ key, score, snippet, ...result }: Result, index: number): string {
  const head = `${index + 1}. ${key} [${result.agent_name}] score ${score.toFixed(2)}`
  const about = result.truncated ? `\nAbout: ${snippet}` : ''
  return `${head}${marksText(result)}\n${valueText(result)}${about}`
}

function overviewResult(memory: OverviewMemory) {
  return {
    key: memory.key,
    agent_name: memory.agent_name,
    value: memory.value,
    value_length: memory.value_length,
    score: memory.importance,
    matched: ['overview'],
    why: memory.importance > DEFAULT_IMPORTANCE ? 'is important' : 'changed lately',
    snippet: memory.value.slice(0, OVERVIEW_SNIPPET_LENGTH),
    ...(memory.session_id !== null && { session_id: memory.session_id }),
    created_at: memory.created_at.toISOString()
  }
}

function rankedResult(memory: FoundMemory) {
  return {
    key: memory.key,
    agent_name: memory.agent_name,
    value: memory.value,
    value_length: memory.value_length,
    score: memory.score,
    matched: memory.matched,
    why: whyFound(memory),
    snippet: memory.snippet,
    ...(memory.superseded_by !== undefined && { superseded_by: memory.superseded_by }),
    ...(memory.contradicts && { contradicts: memory.contradicts }),
    ...(memory.session_id !== null && { session_id: memory.session_id }),
    created_at: memory.created_at.toISOString()
  }
}

function whyFound({ words, matched }: Pick<FoundMemory, 'words' | 'matched'>): string {
  const verb = matched.includes('spelling') ? 'has words like' : 'has'
  return [
    words.length > 0 ? `${verb} ${words.join(', ')}` : '',
    matched.includes('session') ? 'is next to a match in its session' : '',
    matched.includes('meaning') ? 'is near in meaning' : ''
  ]
    .filter(Boolean)
    .join('; ')
}

/** The best results whose keys and values take at most so many tokens, but at least one. */
function withinTokens<R extends Result>(maxTokens: number, results: readonly R[]): R[] {
  let remainingTokens = maxTokens
  return results.filter(({ key, value }, index) => {
    remainingTokens -= countTokens(key + value)
    return index === 0 || remainingTokens >= 0
  })
}

import { type Static, Type } from 'typebox'
import { fitItems, countTokens } from '../../lib/answer-size.ts'
import { tool } from '../tool.ts'
import { AllTags, AnyNamespace, closed, OnlyType, TagMatch } from '../../domain/memory/fields.ts'
import { explainEmptySearch } from '../../domain/memory/empty-answer.ts'
import { findMemories } from '../../domain/memory/search/find.ts'
import { similarNamespaceHint } from '../../domain/memory/namespaces.ts'
import {
  asksForOverview,
  listOverview,
  type OverviewMemory,
  overviewReason
} from '../../domain/memory/overview.ts'
import { truthText } from '../../domain/memory/truth.ts'
import { spanText, Timezone, TimeWords, resolveTimeWords } from '../../domain/memory/when.ts'

/** Characters of a value that are read for the answer. */
const VALUE_LIMIT = 20_000
const MAX_RESULTS = 100

const Result = Type.Object(
  {
    key: Type.String(),
    agent_name: Type.String(),
    value: Type.String(),
    truncated: Type.Optional(Type.Boolean()),
    score: Type.Number(),
    matched: Type.Array(Type.String()),
    why: Type.String(),
    snippet: Type.String(),
    superseded_by: Type.Optional(Type.String()),
    contradicts: Type.Optional(Type.Array(Type.String())),
    session_id: Type.Optional(Type.String()),
    created_at: Type.String()
  },
  closed
)

export const memorySearch = tool({
  name: 'memory_search',
  title: 'Search memories',
  description:
    'Finds memories by what they say, best first; ask in plain words. Use it before answering anything that may depend on what was said or decided earlier.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      query: Type.String({ maxLength: 20_000, description: 'Question or words.' }),
      k: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MAX_RESULTS,
          default: 10,
          description: 'Results at most.'
        })
      ),
      max_tokens: Type.Optional(Type.Integer({ minimum: 1, description: 'Instead of k.' })),
      agent_name: AnyNamespace,
      tags: AllTags,
      tag_match: TagMatch,
      type: OnlyType,
      when: TimeWords,
      timezone: Timezone,
      min_importance: Type.Optional(Type.Number({ description: '0 to 1.' }))
    },
    closed
  ),
  output: Type.Object(
    {
      results: Type.Array(Result),
      search_mode: Type.Enum(['hybrid', 'lexical']),
      reason: Type.Optional(Type.String())
    },
    closed
  ),
  async run(
    { query, k, max_tokens: budget, when, timezone, ...filter },
    { db, principal, embedder, signal }
  ) {
    const limit = budget === undefined ? (k ?? 10) : MAX_RESULTS
    const overview = asksForOverview(query)
      ? await listOverview(db, principal.user_id, { limit, agentName: filter.agent_name })
      : []
    if (overview.length > 0) {
      return {
        results: fitItems(overview.map(overviewResult)),
        search_mode: 'lexical' as const,
        reason: await overviewReason(db, principal.user_id, overview.length)
      }
    }
    const span = await resolveTimeWords(db, principal.user_id, 'when', when, timezone)
    const { rows, hasQueryWords, mode, missing } = await findMemories(db, principal.user_id, {
      query,
      ...filter,
      from: span?.from,
      until: span?.until,
      limit,
      valueLimit: VALUE_LIMIT,
      embedder,
      signal
    })
    const byWordsOnly = missing === undefined ? '' : `Searched by words alone: ${missing}.`
    const time = span && `Time: ${spanText(span)}.`
    const namespaces =
      filter.agent_name === undefined
        ? ''
        : await similarNamespaceHint(db, principal.user_id, filter.agent_name)
    const notes = join(byWordsOnly, time ?? '', namespaces)
    const empty = (reason: string) => ({
      results: [],
      search_mode: mode,
      reason: join(notes, reason)
    })
    if (!hasQueryWords) {
      return empty(
        'The query has no words to search for. Ask with the words that the memory may contain; memory_list lists by tags, type or time without any.'
      )
    }
    if (rows.length === 0) {
      const search = { query, filter: { ...filter, from: span?.from, until: span?.until }, when }
      return empty(await explainEmptySearch(db, principal.user_id, search))
    }

    const fitting = fitItems(
      rows.map((row) => ({
        key: row.key,
        agent_name: row.agent_name,
        value: row.value,
        value_length: row.value_length,
        score: row.score,
        matched: row.matched,
        why: whyOf(row),
        snippet: row.snippet,
        ...(row.superseded_by !== undefined && { superseded_by: row.superseded_by }),
        ...(row.contradicts && { contradicts: row.contradicts }),
        ...(row.session_id !== null && { session_id: row.session_id }),
        created_at: row.created_at.toISOString()
      }))
    )
    const results = budget === undefined ? fitting : within(budget, fitting)
    const cut =
      results.length < rows.length
        ? `Only the best ${results.length} of ${rows.length} results fit into ${budget === undefined ? 'one answer' : `${budget} tokens`}.`
        : ''
    const reason = join(notes, cut)
    return { results, search_mode: mode, ...(reason && { reason }) }
  },
  text({ results, search_mode: mode, reason }) {
    const found = results.map(
      ({ key, agent_name: agentName, value, truncated, score, snippet, ...marks }, i) =>
        `${i + 1}. ${key} [${agentName}] score ${score.toFixed(2)}${marked(truthText(marks))}\n${value}${truncated ? `… (cut; memory_recall gives more)\nAbout: ${snippet}` : ''}`
    )
    const head = `${results.length} ${results.length === 1 ? 'memory' : 'memories'} found (search_mode: ${mode}).`
    return [head, ...found, ...(reason ? [reason] : [])].join('\n\n')
  }
})

function marked(marks: string): string {
  return marks === '' ? '' : ` (${marks})`
}

function overviewResult(row: OverviewMemory) {
  return {
    key: row.key,
    agent_name: row.agent_name,
    value: row.value,
    value_length: row.value_length,
    score: row.importance,
    matched: ['overview'],
    why: row.importance > 0.5 ? 'is important' : 'changed lately',
    snippet: row.value.slice(0, 200),
    ...(row.session_id !== null && { session_id: row.session_id }),
    created_at: row.created_at.toISOString()
  }
}

function join(...sentences: string[]): string {
  return sentences.filter(Boolean).join(' ')
}

function whyOf({ words, matched }: { words: string[]; matched: string[] }): string {
  const said =
    words.length > 0
      ? `${matched.includes('spelling') ? 'has words like' : 'has'} ${words.join(', ')}`
      : ''
  return [
    said,
    matched.includes('session') ? 'stands beside what matches in its session' : '',
    matched.includes('meaning') ? 'is near in meaning' : ''
  ]
    .filter(Boolean)
    .join('; ')
}

/** The best results whose values and keys take so many tokens, at least one. */
function within<T extends Static<typeof Result>>(budget: number, results: readonly T[]): T[] {
  let left = budget
  return results.filter(({ key, value }, i) => {
    left -= countTokens(key + value)
    return i === 0 || left >= 0
  })
}

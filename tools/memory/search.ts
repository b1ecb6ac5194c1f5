import { Type } from 'typebox'
import { searchMemories } from '../../db/memory-search.ts'
import { fit } from '../answer-size.ts'
import { tool } from '../tool.ts'
import { AllTags, AnyNamespace, closed, OnlyKind } from './fields.ts'
import { excerpt } from './excerpt.ts'
import { queryTerms } from './terms.ts'

/** Characters of a value that are read for the answer and its snippet. */
const VALUE_LIMIT = 20_000

export const memorySearch = tool({
  name: 'memory_search',
  title: 'Search memories',
  description: 'Finds memories by what they say, best first; ask in plain words. Use it before answering anything that may depend on what was said or decided earlier.',
  groups: ['memory'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: Type.Object({
    query: Type.String({ maxLength: 20_000, description: 'Question or words.' }),
    k: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'Results at most.' })),
    agent_name: AnyNamespace,
    tags: AllTags,
    type: OnlyKind
  }, closed),
  output: Type.Object({
    results: Type.Array(Type.Object({
      key: Type.String(),
      agent_name: Type.String(),
      value: Type.String(),
      truncated: Type.Optional(Type.Boolean()),
      score: Type.Number(),
      matched: Type.Array(Type.String(), { description: 'Words of the query found in it.' }),
      snippet: Type.String(),
      session_id: Type.Optional(Type.String()),
      created_at: Type.String()
    }, closed)),
    search_mode: Type.Literal('lexical'),
    reason: Type.Optional(Type.String())
  }, closed),
  async run ({ query, k = 10, ...filter }, { db, principal }) {
    const terms = queryTerms(query)
    const empty = (reason: string) => ({ results: [], search_mode: 'lexical' as const, reason })
    if (terms.length === 0) return empty('The query has no words to search for. Ask with the words that the memory may contain.')
    const rows = await searchMemories(db, principal.user_id, { terms, ...filter, limit: k, valueLimit: VALUE_LIMIT })
    if (rows.length === 0) return empty('No memory contains any of these words. Try other words, without filters, or see what there is with memory_list.')

    const wordOf = new Map(terms.map(({ term, word }) => [term, word]))
    const results = fit(rows.map(({ key, value, score, matched, ...row }) => ({
      key,
      agent_name: row.agent_name,
      value,
      value_length: row.value_length,
      score,
      matched: [...new Set(matched.map((term) => wordOf.get(term) ?? term))],
      snippet: excerpt(value, matched),
      ...(row.session_id !== null && { session_id: row.session_id }),
      created_at: row.created_at.toISOString()
    })))
    const reason = results.length < rows.length ? `Only the best ${results.length} of ${rows.length} results fit into one answer.` : undefined
    return { results, search_mode: 'lexical' as const, ...(reason && { reason }) }
  },
  text ({ results, reason }) {
    const found = results.map(({ key, agent_name: agentName, value, truncated, score }, i) =>
      `${i + 1}. ${key} [${agentName}] score ${score.toFixed(2)}\n${value}${truncated ? '… (cut; memory_recall gives more)' : ''}`)
    const head = `${results.length} ${results.length === 1 ? 'memory' : 'memories'} found (search_mode: lexical).`
    return [head, ...found, ...(reason ? [reason] : [])].join('\n\n')
  }
})

import { Type } from 'typebox'
import type { Db } from '../../db/connect.ts'
import { listMemoriesById, type Memory } from '../../db/memories.ts'
import { type SearchFilter, searchPostings } from '../../db/memory-postings.ts'
import { tool } from '../tool.ts'
import { ANSWER_BUDGET, AnyNamespace, cut, MemoryType, oneLine, Tags } from './fields.ts'
import { queryTerms, snippet } from './terms.ts'

export interface Found { memory: Memory, score: number, matched: string[], snippet: string }

/** A user's memories that match a question, best first; `reason` when there was nothing to look for. */
export async function searchMemories (db: Db, userId: string, query: string, filter: SearchFilter, k: number): Promise<{ found: Found[], reason?: string }> {
  const terms = queryTerms(query)
  if (terms.length === 0) return { found: [], reason: 'The query has no words to look for. Ask with words, or use memory_list.' }
  const hits = await searchPostings(db, userId, terms, filter, k)
  const memories = new Map((await listMemoriesById(db, userId, hits.map(({ memory_id: id }) => id))).map((memory) => [memory.memory_id, memory]))
  const words = new Map(terms.map(({ term, word }) => [term, word]))
  const found = hits.flatMap(({ memory_id: id, score, terms: matched }) => {
    const memory = memories.get(id)
    return memory ? [{ memory, score, matched: [...new Set(matched.map((term) => words.get(term) ?? term))], snippet: snippet(memory.value, matched) }] : []
  })
  return found.length > 0 ? { found } : { found, reason: 'No memory has any of these words. Try other words, or use memory_list.' }
}

export const memorySearch = tool({
  name: 'memory_search',
  title: 'Search memories',
  description: 'Finds memories by what they say, best first; ask in plain words. Use it before answering anything that the person may have told earlier, in any assistant.',
  groups: ['memory'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: Type.Object({
    query: Type.String({ maxLength: 10_000, description: 'Question or words.' }),
    k: Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'How many at most.' }),
    agent_name: AnyNamespace,
    tags: Type.Optional(Type.Array(Tags.items, { ...Tags, description: 'Only memories with all of these tags.' })),
    type: Type.Optional(Type.String({ ...MemoryType, description: 'Only this kind of memory.' })),
    session_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Only items of this session.' }))
  }, { additionalProperties: false }),
  output: Type.Object({
    results: Type.Array(Type.Object({
      key: Type.String(),
      agent_name: Type.String(),
      value: Type.String(),
      score: Type.Number(),
      matched: Type.Array(Type.String(), { description: 'Words of the query that were found.' }),
      snippet: Type.String(),
      session_id: Type.Optional(Type.String()),
      created_at: Type.String(),
      truncated: Type.Optional(Type.Boolean({ description: 'The value was cut here; memory_recall has it whole.' }))
    }, { additionalProperties: false })),
    search_mode: Type.Literal('lexical'),
    reason: Type.Optional(Type.String())
  }, { additionalProperties: false }),

  async run ({ query, k, ...filter }, { db, principal }) {
    const { found, reason } = await searchMemories(db, principal.user_id, query, filter, k)
    let budget = ANSWER_BUDGET
    const results = found.map(({ memory, score, matched, snippet: part }, index) => {
      const value = cut(memory.value, Math.floor(budget / (found.length - index)))
      budget -= JSON.stringify(value).length
      return {
        key: memory.key,
        agent_name: memory.agent_name,
        value,
        score,
        matched,
        snippet: part,
        ...(memory.session_id !== null && { session_id: memory.session_id }),
        created_at: memory.created_at.toISOString(),
        ...(value.length < memory.value.length && { truncated: true })
      }
    })
    return { results, search_mode: 'lexical' as const, ...(reason !== undefined && { reason }) }
  },

  text: ({ results, reason }) => results.length === 0
    ? reason ?? 'Nothing found.'
    : results.map(({ key, agent_name: agentName, value, score, created_at: created }, index) =>
      `${index + 1}. ${key}${agentName === 'global' ? '' : ` (${agentName})`}, ${created.slice(0, 10)}, score ${score.toFixed(2)}\n   ${oneLine(value, 1000)}`).join('\n')
})

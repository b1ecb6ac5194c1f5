import { Type } from 'typebox'
import { listMemoryKeys, listMemoriesById } from '../../db/memory/memories.ts'
import { fitItems } from '../../lib/answer-size.ts'
import { tool } from '../tool.ts'
import { AnyNamespace, closed } from '../../domain/memory/fields.ts'
import { textSimilarity } from '../../lib/similarity.ts'

/** Keys that one call compares. */
const MAX_KEYS = 5000
/** Characters of a value that are read for the answer. */
const VALUE_LIMIT = 20_000

export const memoryFuzzyRecall = tool({
  name: 'memory_fuzzy_recall',
  title: 'Recall by a similar key',
  description:
    'Finds memories by a similar key, most similar first. Use it when memory_recall finds nothing and the key may be misspelled; to find by content, use memory_search.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      key_pattern: Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'The key, as far as it is known.'
      }),
      similarity_threshold: Type.Optional(
        Type.Number({ minimum: 0, maximum: 1, default: 0.6, description: '1 is the same key.' })
      ),
      agent_name: AnyNamespace,
      k: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'Results at most.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      found: Type.Integer(),
      key_pattern: Type.String(),
      similarity_threshold: Type.Number(),
      results: Type.Array(
        Type.Object(
          {
            key: Type.String(),
            agent_name: Type.String(),
            value: Type.String(),
            truncated: Type.Optional(Type.Boolean()),
            similarity: Type.Number(),
            tags: Type.Array(Type.String()),
            type: Type.String(),
            updated_at: Type.String()
          },
          closed
        )
      ),
      reason: Type.Optional(Type.String())
    },
    closed
  ),
  async run(
    { key_pattern: pattern, similarity_threshold: threshold = 0.6, agent_name: agentName, k = 10 },
    { db, principal }
  ) {
    const keys = await listMemoryKeys(db, principal.user_id, agentName, MAX_KEYS + 1)
    const alike = keys
      .slice(0, MAX_KEYS)
      .map(({ memory_id: id, key }) => ({
        id,
        key,
        similarity: textSimilarity(pattern, key, threshold)
      }))
      .filter((one) => one.similarity >= threshold)
      .toSorted(
        (a, b) =>
          b.similarity - a.similarity ||
          (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) ||
          (a.id < b.id ? -1 : 1)
      )
      .slice(0, k)
    const rows = new Map(
      (
        await listMemoriesById(
          db,
          principal.user_id,
          alike.map(({ id }) => id),
          VALUE_LIMIT
        )
      ).map((row) => [row.memory_id, row])
    )
    const results = fitItems(
      alike.flatMap(({ id, similarity }) => {
        const found = rows.get(id)
        if (!found) return []
        const { memory_id: _, updated_at: updated, ...row } = found
        return [
          {
            ...row,
            similarity: Math.round(similarity * 1e4) / 1e4,
            updated_at: updated.toISOString()
          }
        ]
      })
    )
    const reason =
      keys.length > MAX_KEYS
        ? `Only the ${MAX_KEYS} keys that changed last were compared. Name a namespace to compare fewer, or use memory_search.`
        : undefined
    return {
      found: results.length,
      key_pattern: pattern,
      similarity_threshold: threshold,
      results,
      ...(reason && { reason })
    }
  },
  text({ found, results, reason }) {
    const lines = results.map(
      ({ key, agent_name: agentName, similarity, value, truncated }) =>
        `- ${key} [${agentName}] similarity ${similarity}: ${value}${truncated ? '… (cut; memory_recall gives more)' : ''}`
    )
    return [
      `${found} similar ${found === 1 ? 'key' : 'keys'}.`,
      ...lines,
      ...(reason ? [reason] : [])
    ].join('\n')
  }
})

import { Type } from 'typebox'
import { AnyNamespace, closed } from '../../domain/memory/fields.ts'
import { findSimilarKeys, MAX_COMPARED_KEYS } from '../../domain/memory/similar-keys.ts'
import { fitItems } from '../../lib/answer-size.ts'
import { quantity } from '../../lib/quantity.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'
import { LIST_VALUE_LIMIT, reasonField, valueText } from './answer.ts'

const PARTIAL_REASON =
  `Only the ${MAX_COMPARED_KEYS} keys that changed last were compared. ` +
  'Name a namespace to compare fewer, or use memory_search.'

export const memoryFuzzyRecall = tool({
  name: 'memory_fuzzy_recall',
  title: 'Recall by a similar key',
  description:
    'Finds memories by a similar key, most similar first. Use it when memory_recall ' +
    'finds nothing and the key may be misspelled. To find by content, use memory_search.',
  example: { key_pattern: 'cofee_preferences' },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      key_pattern: Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'The key, as far as you know it.'
      }),
      similarity_threshold: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 1,
          default: 0.6,
          description: 'Least similarity; 1 is the same key.'
        })
      ),
      agent_name: AnyNamespace,
      k: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100,
          default: 10,
          description: 'How many results at most.'
        })
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
    context
  ) {
    const { memories, isPartial } = await findSimilarKeys(context, {
      pattern,
      threshold,
      agent_name: agentName,
      limit: k,
      valueLimit: LIST_VALUE_LIMIT
    })
    const results = fitItems(
      memories.map(({ memory_id: _, ...memory }) => ({
        ...memory,
        similarity: Math.round(memory.similarity * 1e4) / 1e4,
        updated_at: memory.updated_at.toISOString()
      }))
    )
    return {
      found: results.length,
      key_pattern: pattern,
      similarity_threshold: threshold,
      results,
      ...reasonField(isPartial ? [PARTIAL_REASON] : [])
    }
  },
  text: ({ found: count, results, reason }) =>
    [
      `${quantity(count, 'similar key')}.`,
      ...results.map(
        ({ key, agent_name: agentName, similarity, ...memory }) =>
          `- ${key} [${agentName}] similarity ${similarity}: ${valueText(memory)}`
      ),
      ...(reason ? [reason] : [])
    ].join('\n')
})

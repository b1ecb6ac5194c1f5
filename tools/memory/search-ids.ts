import { Type } from 'typebox'
import { tool } from '../tool.ts'
import { AnyNamespace, closed } from '../../domain/memory/fields.ts'
import { findMemories } from '../../domain/memory/search/find.ts'
import { truthText } from '../../domain/memory/truth.ts'

/** Characters of a value in a preview. */
const PREVIEW = 50

export const memorySearchIds = tool({
  name: 'memory_search_ids',
  title: 'Search for ids of memories',
  description:
    'Finds memories like memory_search, but answers only id, key, score and a short preview. Use it to look at many at little cost; read one with memory_fetch.',
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
        Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'Results at most.' })
      ),
      agent_name: AnyNamespace
    },
    closed
  ),
  output: Type.Object(
    {
      results: Type.Array(
        Type.Object(
          {
            id: Type.String(),
            key: Type.String(),
            agent_name: Type.String(),
            preview: Type.String(),
            score: Type.Number()
          },
          closed
        )
      )
    },
    closed
  ),
  async run({ query, k = 10, agent_name: agentName }, { db, principal, embedder, signal }) {
    const { rows } = await findMemories(db, principal.user_id, {
      query,
      agent_name: agentName,
      limit: k,
      valueLimit: PREVIEW,
      embedder,
      signal
    })
    return {
      results: rows.map(
        ({
          memory_id: id,
          key,
          agent_name: namespace,
          value,
          value_length: length,
          score,
          ...row
        }) => {
          const marks = truthText(row)
          return {
            id,
            key,
            agent_name: namespace,
            preview: `${marks && `(${marks}) `}${length > PREVIEW ? `${value}…` : value}`,
            score
          }
        }
      )
    }
  },
  text: ({ results }) =>
    [
      `${results.length} ${results.length === 1 ? 'memory' : 'memories'} found.`,
      ...results.map(
        ({ id, key, agent_name: agentName, preview, score }) =>
          `- ${key} [${agentName}] score ${score.toFixed(2)}, id ${id}: ${preview.replace(/\s+/g, ' ')}`
      )
    ].join('\n')
})

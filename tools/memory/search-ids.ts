import { Type } from 'typebox'
import { AnyNamespace, closed } from '../../domain/memory/fields.ts'
import { findMemories } from '../../domain/memory/search/find.ts'
import { truthText } from '../../domain/memory/truth.ts'
import { quantity } from '../../lib/quantity.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'

/** Characters of a value in a preview. */
const PREVIEW_LENGTH = 50

export const memorySearchIds = tool({
  name: 'memory_search_ids',
  title: 'Search for ids of memories',
  description:
    'Finds memories like memory_search, but returns only id, key, score and a short ' +
    'preview. Use it to scan many at little cost; read one with memory_fetch.',
  example: { query: 'invoices', k: 50 },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      query: Type.String({ maxLength: 20_000, description: 'Question or words to search for.' }),
      k: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100,
          default: 10,
          description: 'How many results at most.'
        })
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
      valueLimit: PREVIEW_LENGTH,
      embedder,
      signal
    })
    return {
      results: rows.map((row) => {
        const marks = truthText(row)
        const excerpt = row.value_length > PREVIEW_LENGTH ? `${row.value}…` : row.value
        return {
          id: row.memory_id,
          key: row.key,
          agent_name: row.agent_name,
          preview: `${marks && `(${marks}) `}${excerpt}`,
          score: row.score
        }
      })
    }
  },
  text: ({ results }) =>
    [
      `${quantity(results.length, 'memory', 'memories')} found.`,
      ...results.map(
        ({ id, key, agent_name: agentName, preview, score }) =>
          `- ${key} [${agentName}] score ${score.toFixed(2)}, id ${id}: ` +
          preview.replace(/\s+/g, ' ')
      )
    ].join('\n')
})

import { Type } from 'typebox'
import { findInteractionPattern } from '../../db/graph/nodes.ts'
import { closed } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'

export const memoryGetUserPattern = tool({
  name: 'memory_get_user_pattern',
  title: 'What the person talks about',
  description:
    'Counts the recorded interactions by topic and by platform: what this person talks about most, and where.',
  groups: ['graph', 'memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object({}, closed),
  output: Type.Object(
    {
      user_id: Type.String(),
      pattern: Type.Object(
        {
          total_interactions: Type.Integer(),
          topics: Type.Array(
            Type.Object({ topic: Type.String(), interactions: Type.Integer() }, closed)
          ),
          avg_interactions_per_topic: Type.Number(),
          most_discussed_topic: Type.Optional(Type.String()),
          platforms: Type.Record(Type.String(), Type.Integer()),
          first_at: Type.Optional(Type.String()),
          last_at: Type.Optional(Type.String())
        },
        closed
      )
    },
    closed
  ),
  async run(_, { db, principal }) {
    const {
      interactions,
      topics,
      platforms,
      first_at: first,
      last_at: last
    } = await findInteractionPattern(db, principal.user_id)
    const [most] = topics
    const average =
      topics.length === 0
        ? 0
        : topics.reduce((sum, topic) => sum + topic.interactions, 0) / topics.length
    return {
      user_id: principal.user_id,
      pattern: {
        total_interactions: interactions,
        topics,
        avg_interactions_per_topic: Math.round(average * 100) / 100,
        ...(most && { most_discussed_topic: most.topic }),
        platforms: Object.fromEntries(
          platforms.map(({ platform, interactions: count }) => [platform, count])
        ),
        ...(first && { first_at: first.toISOString() }),
        ...(last && { last_at: last.toISOString() })
      }
    }
  },
  text({ pattern }) {
    if (pattern.total_interactions === 0) {
      return 'No interaction has been recorded yet. Record them with memory_record_interaction.'
    }
    return [
      `${pattern.total_interactions} recorded interactions.`,
      ...pattern.topics.map(({ topic, interactions }) => `- ${topic}: ${interactions}`),
      `Platforms: ${Object.entries(pattern.platforms)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}`
    ].join('\n')
  }
})

import { Type } from 'typebox'
import { countInteractions } from '../../domain/graph/interactions.ts'
import { closed } from '../../domain/memory/fields.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'

export const memoryGetUserPattern = tool({
  name: 'memory_get_user_pattern',
  title: 'What the person talks about',
  description:
    'Counts the recorded interactions by topic and by platform: what this person talks ' +
    'about most, and where. Use it to learn about habits; for memories by tag or type, ' +
    'use memory_stats.',
  example: {},
  groups: ['graph', 'memory'],
  annotations: readOnly,
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
  async run(_, context) {
    const counts = await countInteractions(context)
    const { topics, platforms, first_at: firstAt, last_at: lastAt } = counts
    const [topTopic] = topics
    return {
      user_id: context.principal.user_id,
      pattern: {
        total_interactions: counts.interactions,
        topics,
        avg_interactions_per_topic: averageOf(topics.map(({ interactions }) => interactions)),
        ...(topTopic && { most_discussed_topic: topTopic.topic }),
        platforms: Object.fromEntries(
          platforms.map(({ platform, interactions }) => [platform, interactions])
        ),
        ...(firstAt && { first_at: firstAt.toISOString() }),
        ...(lastAt && { last_at: lastAt.toISOString() })
      }
    }
  },
  text({ pattern }) {
    if (pattern.total_interactions === 0) {
      return 'No interaction is recorded yet. Record one with memory_record_interaction.'
    }
    const platformCounts = Object.entries(pattern.platforms).map(
      ([platform, count]) => `${platform} ${count}`
    )
    return [
      `${pattern.total_interactions} recorded interactions.`,
      ...pattern.topics.map(({ topic, interactions }) => `- ${topic}: ${interactions}`),
      `Platforms: ${platformCounts.join(', ')}`
    ].join('\n')
  }
})

/** The mean to two decimal places; 0 for no numbers. */
function averageOf(numbers: number[]): number {
  if (numbers.length === 0) return 0
  const sum = numbers.reduce((total, number) => total + number, 0)
  return Math.round((sum / numbers.length) * 100) / 100
}

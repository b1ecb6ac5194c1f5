import { Type } from 'typebox'
import { recordInteraction } from '../../domain/graph/interactions.ts'
import { closed, Metadata, Namespace, OccurredAt, SessionId } from '../../domain/memory/fields.ts'
import { addsData } from '../annotations.ts'
import { tool } from '../tool.ts'

function messageField(description: string) {
  return Type.String({ minLength: 1, maxLength: 100_000, description })
}

export const memoryRecordInteraction = tool({
  name: 'memory_record_interaction',
  title: 'Record an exchange',
  description:
    'Remembers a question and its answer word for word, so that search finds both ' +
    'together. Use it for exchanges worth keeping whole; for one fact, use memory_store.',
  example: { query: 'Which paint?', response: 'The blue one.' },
  rare: ['session_id', 'occurred_at', 'agent_name'],
  groups: ['graph', 'memory'],
  annotations: addsData,
  input: Type.Object(
    {
      query: messageField('What the person said, word for word.'),
      response: messageField('What was answered, word for word.'),
      ai_platform: Type.Optional(
        Type.String({ maxLength: 100, description: 'Who answered, such as ChatGPT.' })
      ),
      metadata: Type.Optional({
        ...Metadata,
        description: 'More about it, such as {"topic": "paint"}.'
      }),
      session_id: Type.Optional({
        ...SessionId,
        description: 'Conversation; by default one per platform and day.'
      }),
      occurred_at: Type.Optional(OccurredAt),
      agent_name: Namespace
    },
    closed
  ),
  output: Type.Object(
    {
      status: Type.Literal('recorded'),
      interaction_id: Type.String(),
      user_id: Type.String(),
      session_id: Type.String(),
      ai_platform: Type.Optional(Type.String()),
      topic: Type.Optional(Type.String())
    },
    closed
  ),
  async run(input, context) {
    const interaction = await recordInteraction(context, input)
    return {
      status: 'recorded' as const,
      interaction_id: interaction.interaction_id,
      user_id: context.principal.user_id,
      session_id: interaction.session_id,
      ...(input.ai_platform && { ai_platform: input.ai_platform }),
      ...(interaction.topic && { topic: interaction.topic })
    }
  },
  text: ({ interaction_id: id, session_id: sessionId, topic }) =>
    `✅ Recorded as ${id} in the conversation "${sessionId}"${topic ? `, about ${topic}` : ''}.`
})

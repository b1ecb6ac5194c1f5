import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import { upsertGraphEdge } from '../../db/graph/edges.ts'
import { insertGraphNodes } from '../../db/graph/nodes.ts'
import {
  closed,
  GLOBAL_NAMESPACE,
  Metadata,
  metadataText,
  Namespace,
  OccurredAt,
  SessionId
} from '../../domain/memory/fields.ts'
import { resolveMemoryTimes } from '../../domain/memory/times.ts'
import { storeMemory, withCallWriter } from '../../domain/memory/write.ts'
import { tool } from '../tool.ts'

const Said = (description: string) => Type.String({ minLength: 1, maxLength: 100_000, description })

/**
 * What the person said and what was answered, as two memories in order, so that search finds the
 * conversation; and a node with its topic in the graph.
 */
export const memoryRecordInteraction = tool({
  name: 'memory_record_interaction',
  title: 'Record an exchange',
  description:
    'Remembers a question and its answer as part of a conversation, so that both are found later, together. Use it for exchanges worth keeping word for word; for one fact use memory_store.',
  groups: ['graph', 'memory'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false
  },
  input: Type.Object(
    {
      query: Said('What the person said.'),
      response: Said('What was answered.'),
      ai_platform: Type.Optional(
        Type.String({ maxLength: 100, description: 'Who answered, such as ChatGPT.' })
      ),
      metadata: Type.Optional({
        ...Metadata,
        description: 'More about it; topic names what it is about.'
      }),
      session_id: Type.Optional({
        ...SessionId,
        description: 'Conversation it belongs to; one for each platform and day when left out.'
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
  async run(
    {
      query,
      response,
      ai_platform: platform = '',
      metadata = {},
      session_id: session,
      occurred_at: at,
      agent_name: agentName = GLOBAL_NAMESPACE
    },
    context
  ) {
    const { user_id: userId, source } = context.principal
    const id = `interaction_${randomBytes(4).toString('hex')}`
    const time =
      (await resolveMemoryTimes({ occurred_at: at ?? '' }, context)).occurred_at ?? new Date()
    const sessionId = session || `${platform || 'conversation'} ${time.toISOString().slice(0, 10)}`
    const topic =
      typeof metadata['topic'] === 'string' ? metadata['topic'].trim().slice(0, 200) : ''
    const said = {
      agent_name: agentName,
      tags: topic ? [topic.slice(0, 100)] : [],
      importance: 0.5,
      type: 'interaction',
      metadata: metadataText(metadata),
      session_id: sessionId,
      expires_at: null
    }
    await withCallWriter(context, async (trx, writer) => {
      const { memory_id: memoryId } = await storeMemory(trx, writer, {
        ...said,
        key: `${id}/query`,
        value: query,
        speaker: 'user',
        occurred_at: time
      })
      await storeMemory(trx, writer, {
        ...said,
        key: `${id}/response`,
        value: response,
        speaker: platform || 'assistant',
        occurred_at: new Date(time.getTime() + 1)
      })
      await insertGraphNodes(trx, userId, [
        {
          node_id: `interaction:${id}`,
          type: 'interaction',
          name: id,
          memory_id: memoryId,
          data: { platform, session_id: sessionId }
        }
      ])
      if (topic === '') return
      await insertGraphNodes(trx, userId, [
        { node_id: `topic:${topic.toLowerCase()}`, type: 'topic', name: topic }
      ])
      await upsertGraphEdge(
        trx,
        userId,
        {
          from_node: `interaction:${id}`,
          to_node: `topic:${topic.toLowerCase()}`,
          type: 'related_to',
          weight: 1
        },
        source
      )
    })
    return {
      status: 'recorded' as const,
      interaction_id: id,
      user_id: userId,
      session_id: sessionId,
      ...(platform && { ai_platform: platform }),
      ...(topic && { topic })
    }
  },
  text: ({ interaction_id: id, session_id: session, topic }) =>
    `✅ Recorded as ${id} in the conversation "${session}"${topic ? `, about ${topic}` : ''}.`
})

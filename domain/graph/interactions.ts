import { randomBytes } from 'node:crypto'
import type { Trx } from '../../db/connection/connect.ts'
import { upsertGraphEdge } from '../../db/graph/edges.ts'
import { insertGraphNodes, findInteractionPattern } from '../../db/graph/nodes.ts'
import type { CallContext, DataContext } from '../context.ts'
import { GLOBAL_NAMESPACE, metadataText } from '../memory/fields.ts'
import { resolveMemoryTimes } from '../memory/times.ts'
import { storeMemory, type Writer, withCallWriter } from '../memory/write.ts'

/** A topic also becomes a tag; tags are shorter. */
const MAX_TOPIC_LENGTH = 200
const MAX_TAG_LENGTH = 100

export interface InteractionInput {
  query: string
  response: string
  /** Who answered; empty when unknown. */
  ai_platform?: string | undefined
  metadata?: Record<string, unknown> | undefined
  session_id?: string | undefined
  /** ISO 8601; now when absent. */
  occurred_at?: string | undefined
  agent_name?: string | undefined
}

export interface RecordedInteraction {
  interaction_id: string
  session_id: string
  topic: string
}

interface Interaction extends RecordedInteraction {
  query: string
  response: string
  platform: string
  metadata: string
  agent_name: string
  occurred_at: Date
}

/**
 * Stores what a person said and what was answered as two memories in order, so that search finds
 * them together. Adds a node for the exchange to the graph, linked to its topic. Throws ToolError.
 */
export async function recordInteraction(
  context: CallContext,
  input: InteractionInput
): Promise<RecordedInteraction> {
  const interaction = await prepareInteraction(context, input)
  await withCallWriter(context, async (trx, writer) => {
    const memoryId = await storeExchange(trx, writer, interaction)
    await insertInteractionNode(trx, writer, interaction, memoryId)
  })
  return interaction
}

async function prepareInteraction(
  context: DataContext,
  input: InteractionInput
): Promise<Interaction> {
  const { query, response, metadata = {}, ai_platform: platform = '' } = input
  const times = await resolveMemoryTimes({ occurred_at: input.occurred_at ?? '' }, context)
  const occurredAt = times.occurred_at ?? new Date()
  const day = occurredAt.toISOString().slice(0, 10)
  const topic = typeof metadata['topic'] === 'string' ? metadata['topic'].trim() : ''
  return {
    interaction_id: `interaction_${randomBytes(4).toString('hex')}`,
    session_id: input.session_id || `${platform || 'conversation'} ${day}`,
    topic: topic.slice(0, MAX_TOPIC_LENGTH),
    query,
    response,
    platform,
    metadata: metadataText(metadata),
    agent_name: input.agent_name ?? GLOBAL_NAMESPACE,
    occurred_at: occurredAt
  }
}

/** Stores both memories and returns the id of the first one. */
async function storeExchange(
  trx: Trx,
  writer: Writer,
  { interaction_id: id, topic, query, response, platform, ...interaction }: Interaction
): Promise<string> {
  const content = {
    agent_name: interaction.agent_name,
    tags: topic ? [topic.slice(0, MAX_TAG_LENGTH)] : [],
    importance: 0.5,
    type: 'interaction',
    metadata: interaction.metadata,
    session_id: interaction.session_id,
    expires_at: null
  }
  const { memory_id: queryId } = await storeMemory(trx, writer, {
    ...content,
    key: `${id}/query`,
    value: query,
    speaker: 'user',
    occurred_at: interaction.occurred_at
  })
  await storeMemory(trx, writer, {
    ...content,
    key: `${id}/response`,
    value: response,
    speaker: platform || 'assistant',
    occurred_at: new Date(interaction.occurred_at.getTime() + 1) // keeps the two in order
  })
  return queryId
}

async function insertInteractionNode(
  trx: Trx,
  { user_id: userId, source }: Writer,
  { interaction_id: id, session_id: sessionId, platform, topic }: Interaction,
  memoryId: string
): Promise<void> {
  const nodeId = `interaction:${id}`
  const data = { platform, session_id: sessionId }
  await insertGraphNodes(trx, userId, [
    { node_id: nodeId, type: 'interaction', name: id, memory_id: memoryId, data }
  ])
  if (topic === '') return
  const topicId = `topic:${topic.toLowerCase()}`
  await insertGraphNodes(trx, userId, [{ node_id: topicId, type: 'topic', name: topic }])
  const edge = { from_node: nodeId, to_node: topicId, type: 'related_to', weight: 1 }
  await upsertGraphEdge(trx, userId, edge, source)
}

/** Counts the recorded interactions by topic and by platform, at most 50 of each. */
export function countInteractions({
  db,
  principal
}: DataContext): ReturnType<typeof findInteractionPattern> {
  return findInteractionPattern(db, principal.user_id)
}

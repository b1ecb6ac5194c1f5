import { insertCodingInteraction } from '../../db/coding/interactions.ts'
import type { CallContext } from '../context.ts'
import { metadataText } from '../memory/fields.ts'
import { newRecordId, recordInSession, storeRecordMemory } from './record.ts'

/** The kinds of exchanges that can be recorded. */
export const interactionTypes = [
  'question',
  'decision',
  'struggle',
  'discovery',
  'implementation',
  'error_fix'
]

/** A question and its answer, word for word. */
export interface InteractionInput {
  project_id: string
  user_query: string
  ai_response: string
  interaction_type: string
  metadata?: Record<string, unknown>
}

/**
 * Records an exchange in the active session, as two memories. Throws ToolError when no session is
 * active, or when the metadata are too long.
 */
export async function recordInteraction(
  context: CallContext,
  input: InteractionInput
): Promise<{ interaction_id: string; session_id: string }> {
  const interactionId = newRecordId('int')
  const metadataJson = metadataText(input.metadata ?? {})
  const { project_id: projectId, interaction_type: interactionType } = input
  return recordInSession(context, projectId, async (recording) => {
    const { session, at, trx } = recording
    const sharedContent = {
      type: 'coding_interaction' as const,
      importance: 0.4,
      tags: [interactionType]
    }
    const queryMemoryId = await storeRecordMemory(recording, {
      ...sharedContent,
      key: `${interactionId}/query`,
      value: input.user_query,
      speaker: 'user'
    })
    // The response stands after the query in the session's sequence.
    const responseTime = new Date(at.getTime() + 1)
    const responseMemoryId = await storeRecordMemory(
      { ...recording, at: responseTime },
      { ...sharedContent, key: `${interactionId}/response`, value: input.ai_response }
    )
    await insertCodingInteraction(trx, context.principal.user_id, {
      interaction_id: interactionId,
      project_id: projectId,
      session_id: session.session_id,
      user_query: input.user_query,
      ai_response: input.ai_response,
      interaction_type: interactionType,
      metadata: metadataJson,
      memory_id: queryMemoryId,
      response_memory_id: responseMemoryId,
      source: JSON.stringify(context.principal.source),
      created_at: at
    })
    return { interaction_id: interactionId, session_id: session.session_id }
  })
}

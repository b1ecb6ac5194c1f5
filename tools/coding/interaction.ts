import { Type } from 'typebox'
import { insertCodingInteraction } from '../../db/coding/interactions.ts'
import { Metadata, metadataText } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { closed, newId, Project, Text } from '../../domain/coding/fields.ts'
import { recording, remember } from '../../domain/coding/record.ts'

export const interactionTypes = [
  'question',
  'decision',
  'struggle',
  'discovery',
  'implementation',
  'error_fix'
]

export const trackInteraction = tool({
  name: 'coding_track_interaction',
  title: 'Record an exchange about the code',
  description:
    'Records a question and its answer word for word in the active session. Use it for struggles, discoveries and answers worth keeping.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false
  },
  input: Type.Object(
    {
      project_id: Project,
      user_query: Text('What the person said.', 50_000),
      ai_response: Text('What was answered.', 50_000),
      interaction_type: Type.Enum(interactionTypes, { description: 'What it was.' }),
      metadata: Type.Optional(Metadata)
    },
    closed
  ),
  output: Type.Object({ interaction_id: Type.String(), session_id: Type.String() }, closed),
  async run(
    {
      project_id: project,
      user_query: query,
      ai_response: response,
      interaction_type: type,
      metadata = {}
    },
    context
  ) {
    const id = newId('int')
    const about = metadataText(metadata)
    return recording(context, project, async (record) => {
      const { session, at, trx } = record
      const said = { type: 'coding_interaction' as const, importance: 0.4, tags: [type] }
      const memoryId = await remember(record, {
        ...said,
        key: `${id}/query`,
        value: query,
        speaker: 'user'
      })
      const responseId = await remember(
        { ...record, at: new Date(at.getTime() + 1) },
        { ...said, key: `${id}/response`, value: response }
      )
      await insertCodingInteraction(trx, context.principal.user_id, {
        interaction_id: id,
        project_id: project,
        session_id: session.session_id,
        user_query: query,
        ai_response: response,
        interaction_type: type,
        metadata: about,
        memory_id: memoryId,
        response_memory_id: responseId,
        source: JSON.stringify(context.principal.source),
        created_at: at
      })
      return { interaction_id: id, session_id: session.session_id }
    })
  },
  text: ({ interaction_id: id, session_id: session }) => `✅ Recorded as ${id} in ${session}.`
})

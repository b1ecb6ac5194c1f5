import { Type } from 'typebox'
import { interactionTypes, recordInteraction } from '../../domain/coding/interactions.ts'
import { Metadata } from '../../domain/memory/fields.ts'
import { tool } from '../tool.ts'
import { closed, ProjectId, recordingHints, RequiredText } from './fields.ts'

export const codingTrackInteraction = tool({
  name: 'coding_track_interaction',
  title: 'Record an exchange about the code',
  description:
    'Records a question and its answer word for word in the active session. Use it for ' +
    'struggles, discoveries and answers worth keeping; outside of coding work, use ' +
    'memory_record_interaction.',
  example: {
    project_id: 'shop',
    user_query: 'Why cents?',
    ai_response: 'Sums stay exact.',
    interaction_type: 'question'
  },
  groups: ['coding'],
  annotations: recordingHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      user_query: RequiredText('What the person said, word for word.', 50_000),
      ai_response: RequiredText('What was answered, word for word.', 50_000),
      interaction_type: Type.Enum(interactionTypes, {
        description: 'What kind of exchange it was.'
      }),
      metadata: Type.Optional(Metadata)
    },
    closed
  ),
  output: Type.Object({ interaction_id: Type.String(), session_id: Type.String() }, closed),
  run: (input, context) => recordInteraction(context, input),
  text: (answer) => `✅ Recorded as ${answer.interaction_id} in ${answer.session_id}.`
})

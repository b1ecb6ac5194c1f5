import { Type } from 'typebox'
import { recordDecision } from '../../domain/coding/decisions.ts'
import { tool } from '../tool.ts'
import {
  closed,
  ProjectId,
  recordingHints,
  RecordTags,
  RelatedFiles,
  RequiredText
} from './fields.ts'

export const codingRecordDecision = tool({
  name: 'coding_record_decision',
  title: 'Record a decision',
  description:
    'Records a design decision of the active session with its reasons and the rejected ' +
    'alternatives, so that it is not discussed again.',
  groups: ['coding'],
  annotations: recordingHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      decision: RequiredText('What was decided.', 5000),
      rationale: RequiredText('Why.', 10_000),
      alternatives: Type.Optional(
        Type.Array(Type.String({ maxLength: 2000 }), {
          maxItems: 10,
          description: 'Rejected options.'
        })
      ),
      impact: Type.Optional(Type.String({ maxLength: 5000, description: 'What follows from it.' })),
      tags: Type.Optional(RecordTags),
      related_files: Type.Optional(RelatedFiles),
      confidence: Type.Optional(
        Type.Number({ minimum: 0, maximum: 1, default: 0.8, description: '0 to 1.' })
      )
    },
    closed
  ),
  output: Type.Object(
    { decision_id: Type.String(), session_id: Type.String(), decision: Type.String() },
    closed
  ),
  run: (input, context) => recordDecision(context, input),
  text: (answer) => `✅ Decision recorded as ${answer.decision_id}: ${answer.decision}`
})

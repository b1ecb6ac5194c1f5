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
    'alternatives, so that it is not discussed again. Use it when you chose between ' +
    'ways; for a plain edit, use coding_track_file_change.',
  example: { project_id: 'shop', decision: 'Prices are whole cents', rationale: 'Sums stay exact' },
  rare: ['tags', 'related_files', 'confidence', 'impact'],
  groups: ['coding'],
  annotations: recordingHints,
  input: Type.Object(
    {
      project_id: ProjectId,
      decision: RequiredText('What was decided, in a sentence.', 5000),
      rationale: RequiredText('Why this, and not something else.', 10_000),
      alternatives: Type.Optional(
        Type.Array(Type.String({ maxLength: 2000 }), {
          maxItems: 10,
          description: 'Options that were looked at and rejected.'
        })
      ),
      impact: Type.Optional(
        Type.String({ maxLength: 5000, description: 'What follows from it for the code.' })
      ),
      tags: Type.Optional(RecordTags),
      related_files: Type.Optional(RelatedFiles),
      confidence: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 1,
          default: 0.8,
          description: 'How sure you are, 0 to 1.'
        })
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

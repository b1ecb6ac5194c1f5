import { Type } from 'typebox'
import { insertDecision } from '../../db/coding/decisions.ts'
import { tool } from '../tool.ts'
import { closed, Files, Labels, newId, Project, Text } from '../../domain/coding/fields.ts'
import { recording, remember } from '../../domain/coding/record.ts'

export const recordDecision = tool({
  name: 'coding_record_decision',
  title: 'Record a decision',
  description:
    'Records a design decision of the active session, with its reasons and what was rejected, so that nobody decides it twice.',
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
      decision: Text('What was decided.', 5000),
      rationale: Text('Why.', 10_000),
      alternatives: Type.Optional(
        Type.Array(Type.String({ maxLength: 2000 }), { maxItems: 10, description: 'Rejected.' })
      ),
      impact: Type.Optional(Type.String({ maxLength: 5000, description: 'What follows from it.' })),
      tags: Type.Optional(Labels),
      related_files: Type.Optional(Files),
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
  async run(
    {
      project_id: project,
      decision,
      rationale,
      alternatives = [],
      impact,
      tags = [],
      related_files: related = [],
      confidence = 0.8
    },
    context
  ) {
    const id = newId('decision')
    return recording(context, project, async (record) => {
      const { session, at, trx } = record
      const value = [
        `Decided in ${project}: ${decision}`,
        `Why: ${rationale}`,
        ...alternatives.map((alternative) => `Rejected: ${alternative}`),
        ...(impact ? [`What follows: ${impact}`] : []),
        ...(related.length > 0 ? [`Files: ${related.join(', ')}`] : [])
      ].join('\n')
      const memoryId = await remember(record, {
        key: id,
        value,
        type: 'coding_decision',
        importance: 0.7,
        tags,
        relation: 'made',
        files: related
      })
      await insertDecision(trx, context.principal.user_id, {
        decision_id: id,
        project_id: project,
        session_id: session.session_id,
        decision,
        rationale,
        alternatives: JSON.stringify(alternatives),
        impact: impact || null,
        tags: JSON.stringify(tags),
        related_files: JSON.stringify(related),
        confidence,
        memory_id: memoryId,
        source: JSON.stringify(context.principal.source),
        created_at: at
      })
      return { decision_id: id, session_id: session.session_id, decision }
    })
  },
  text: ({ decision_id: id, decision }) => `✅ Decision recorded as ${id}: ${decision}`
})

import { insertDecision } from '../../db/coding/decisions.ts'
import type { CallContext } from '../context.ts'
import { newRecordId, recordInSession, storeRecordMemory } from './record.ts'

const DEFAULT_CONFIDENCE = 0.8

/** A decision to record. */
export interface DecisionInput {
  project_id: string
  decision: string
  rationale: string
  alternatives?: string[]
  impact?: string
  tags?: string[]
  related_files?: string[]
  /** 0 to 1; 0.8 if left out. */
  confidence?: number
}

/** Records a decision in the active session. Throws ToolError when no session is active. */
export async function recordDecision(
  context: CallContext,
  input: DecisionInput
): Promise<{ decision_id: string; session_id: string; decision: string }> {
  const decisionId = newRecordId('decision')
  return recordInSession(context, input.project_id, async (recording) => {
    const { session, at, trx } = recording
    const memoryId = await storeRecordMemory(recording, {
      key: decisionId,
      value: decisionText(input),
      type: 'coding_decision',
      importance: 0.7,
      tags: input.tags,
      relation: 'made',
      files: input.related_files ?? []
    })
    await insertDecision(trx, context.principal.user_id, {
      decision_id: decisionId,
      project_id: input.project_id,
      session_id: session.session_id,
      decision: input.decision,
      rationale: input.rationale,
      alternatives: JSON.stringify(input.alternatives ?? []),
      impact: input.impact || null,
      tags: JSON.stringify(input.tags ?? []),
      related_files: JSON.stringify(input.related_files ?? []),
      confidence: input.confidence ?? DEFAULT_CONFIDENCE,
      memory_id: memoryId,
      source: JSON.stringify(context.principal.source),
      created_at: at
    })
    return {
      decision_id: decisionId,
      session_id: session.session_id,
      decision: input.decision
    }
  })
}

function decisionText(input: DecisionInput): string {
  const { alternatives = [], impact, related_files: relatedFiles = [] } = input
  return [
    `Decided in ${input.project_id}: ${input.decision}`,
    `Why: ${input.rationale}`,
    ...alternatives.map((alternative) => `Rejected: ${alternative}`),
    ...(impact ? [`What follows: ${impact}`] : []),
    ...(relatedFiles.length > 0 ? [`Files: ${relatedFiles.join(', ')}`] : [])
  ].join('\n')
}

import type { MemoryReference } from '../../db/memory/conditions.ts'
import type { CallContext } from '../context.ts'
import { applyRating, withCallWriter } from './write.ts'

/** How far one rating of weight 1 moves the importance. */
const IMPORTANCE_STEP = 0.1

export type FeedbackLabel = 'useful' | 'irrelevant' | 'outdated'

export interface FeedbackResult {
  importance: { previous: number; current: number; delta: number }
  /** How often the memory was rated with each label, this rating included. */
  feedback: Record<FeedbackLabel, number>
}

/** Rates a memory, which moves its importance within 0 to 1. Undefined when there is none. */
export async function recordFeedback(
  context: CallContext,
  reference: MemoryReference,
  { label, weight }: { label: FeedbackLabel; weight: number }
): Promise<FeedbackResult | undefined> {
  const step = (label === 'useful' ? IMPORTANCE_STEP : -IMPORTANCE_STEP) * weight
  const movedImportance = (importance: number) =>
    roundNumber(Math.min(1, Math.max(0, importance + step)))
  const formerVersion = await withCallWriter(context, (trx, writer) =>
    applyRating(trx, writer, reference, label, movedImportance)
  )
  if (!formerVersion) return undefined
  const previous = formerVersion.importance
  const current = movedImportance(previous)
  const feedback = {
    useful: formerVersion.useful_count,
    irrelevant: formerVersion.irrelevant_count,
    outdated: formerVersion.outdated_count
  }
  feedback[label]++
  return { importance: { previous, current, delta: roundNumber(current - previous) }, feedback }
}

/** Hides what binary fractions add: 0.1 + 0.2 is 0.3. */
function roundNumber(number: number): number {
  return Math.round(number * 1e9) / 1e9
}

import { type AnsweredMemory, findMemoryWithLinks } from '../../db/memory/recall.ts'
import type { CallContext } from '../context.ts'
import { type ReferenceInput, toMemoryReference } from './reference.ts'
import { type TruthMarks, truthMarksByMemory } from './truth.ts'

export interface RecalledMemory {
  memory: AnsweredMemory
  marks: TruthMarks
}

/**
 * Returns a memory with the links that concern its truth, and counts the use. Undefined when there
 * is none. Throws ToolError when the reference has neither id nor key.
 */
export async function recallMemory(
  { db, principal: { user_id: userId }, countUse }: RecallContext,
  reference: ReferenceInput
): Promise<RecalledMemory | undefined> {
  const stored = await findMemoryWithLinks(db, userId, toMemoryReference(reference))
  if (!stored) return undefined
  const { memory, truthLinks } = stored
  countUse?.(memory.memory_id)
  return { memory, marks: truthMarksByMemory(truthLinks).get(memory.memory_id) ?? {} }
}

/** What a reading that counts needs. */
export type RecallContext = Pick<CallContext, 'db' | 'principal' | 'countUse'>

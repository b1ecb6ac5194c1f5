import { type Memory, recallMemory as countRecall } from '../../db/memory/memories.ts'
import type { DataContext } from '../context.ts'
import { type ReferenceInput, toMemoryReference } from './reference.ts'
import { type TruthMarks, findTruthMarksOfMemory } from './truth.ts'

export interface RecalledMemory {
  memory: Memory
  marks: TruthMarks
}

/**
 * Returns a memory with the links that concern its truth, and counts the use. Undefined when there
 * is none. Throws ToolError when the reference has neither id nor key.
 */
export async function recallMemory(
  { db, principal: { user_id: userId } }: DataContext,
  reference: ReferenceInput
): Promise<RecalledMemory | undefined> {
  const memory = await countRecall(db, userId, toMemoryReference(reference))
  return memory && { memory, marks: await findTruthMarksOfMemory(db, userId, memory.memory_id) }
}

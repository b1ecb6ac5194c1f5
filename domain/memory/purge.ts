import { insertAuditLog } from '../../db/audit/audit-logs.ts'
import { clearToolCalls } from '../../db/audit/tool-calls.ts'
import type { Trx } from '../../db/connection/connect.ts'
import { deleteLostGraphNodes } from '../../db/graph/nodes.ts'
import { type PurgeSelection, purgeMemories } from '../../db/memory/expiry.ts'
import { recountMemoryUsage } from '../../db/memory/usage.ts'
import { lockUser } from '../../db/people/users.ts'
import { deleteLostRecords } from '../coding/lost-records.ts'
import type { DataContext } from '../context.ts'

/** What a purge deleted: memories, their former versions, and recorded tool calls. */
export interface PurgedCounts {
  memories: number
  versions: number
  calls: number
}

/** Deletes memories for good, with their links and what coding sessions recorded in them. */
export async function purgeSelection(
  trx: Trx,
  userId: string,
  selection: PurgeSelection
): Promise<Omit<PurgedCounts, 'calls'>> {
  const counts = await purgeMemories(trx, userId, selection)
  await deleteLostGraphNodes(trx, userId)
  await deleteLostRecords(trx, userId)
  return counts
}

/**
 * Deletes a memory for good: its present and former states, its links, and the history of tool
 * calls, whose arguments may hold its text. Undefined when there is no such memory.
 */
export function purgeMemory(
  { db, principal: { user_id: userId, source } }: DataContext,
  memoryId: string
): Promise<PurgedCounts | undefined> {
  return db.transaction().execute(async (trx) => {
    // A concurrent undo locks the same memories in another order.
    await lockUser(trx, userId)
    const counts = await purgeSelection(trx, userId, { memory_id: memoryId })
    if (counts.memories + counts.versions === 0) return undefined
    await recountMemoryUsage(trx, userId)
    const calls = await clearToolCalls(trx, userId)
    await insertAuditLog(trx, {
      action: 'memory.purged',
      user_id: userId,
      details: { ...counts, calls, what: 'one', by: source.name }
    })
    return { ...counts, calls }
  })
}

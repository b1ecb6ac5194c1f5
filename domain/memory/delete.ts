import { insertAuditLog, type NewAuditLog } from '../../db/audit/audit-logs.ts'
import type { MemoryReference } from '../../db/memory/conditions.ts'
import type { CallContext } from '../context.ts'
import { removeMemory, type Writer, withCallWriter } from './write.ts'

/**
 * Deletes a memory, which can be restored for RESTORABLE_DAYS, and writes that to the audit log.
 * False when there is none. Throwing inside would undo that an expired memory just became a
 * deletion.
 */
export function deleteMemory(context: CallContext, reference: MemoryReference): Promise<boolean> {
  return withCallWriter(context, async (trx, writer) => {
    const memory = await removeMemory(trx, writer, reference)
    if (memory) await insertAuditLog(trx, deletionEntry(writer, memory.memory_id))
    return memory !== undefined
  })
}

/**
 * The audit entry of a deletion. It leaves the key out, because the log outlives a purge of the
 * memory.
 */
export function deletionEntry({ user_id: userId, source }: Writer, memoryId: string): NewAuditLog {
  const { client_id: clientId, grant_id: grantId, key_id: keyId, name } = source
  return {
    action: 'memory.deleted',
    user_id: userId,
    ...(clientId && { client_id: clientId }),
    ...(grantId && { grant_id: grantId }),
    details: { memory_id: memoryId, by: name, ...(keyId && { key_id: keyId }) }
  }
}

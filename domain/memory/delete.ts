import { insertAuditLog, type NewAuditLog } from '../../db/audit/audit-logs.ts'
import type { MemoryReference } from '../../db/memory/conditions.ts'
import { listRecentDeleters } from '../../db/memory/versions.ts'
import type { CallContext, Confirm } from '../context.ts'
import { removeMemory, type Writer, withCallWriter } from './write.ts'

/** After so many deletions by one app in WATCHED_MINUTES, its person is asked about the next. */
const UNASKED_DELETIONS = 10
const WATCHED_MINUTES = 10
/** Deletions that are looked at; the person may delete many more on a page. */
const LOOKED_AT = 200

/**
 * Deletes a memory, which can be restored for RESTORABLE_DAYS, and writes that to the audit log.
 * False when there is none. Where the client can show a question, an app that deletes many memories
 * needs the person's consent for each ten. Throwing inside would undo that an expired memory just
 * became a deletion. Throws ToolError when the person refuses.
 */
export async function deleteMemory(
  context: CallContext,
  reference: MemoryReference
): Promise<boolean> {
  if (context.confirm) await confirmMany(context, context.confirm, reference)
  return withCallWriter(context, async (trx, writer) => {
    const memory = await removeMemory(trx, writer, reference)
    if (memory) await insertAuditLog(trx, deletionEntry(writer, memory.memory_id))
    return memory !== undefined
  })
}

async function confirmMany(
  { db, principal }: CallContext,
  confirm: Confirm,
  reference: MemoryReference
): Promise<void> {
  const deleters = await listRecentDeleters(db, principal.user_id, {
    minutes: WATCHED_MINUTES,
    limit: LOOKED_AT
  })
  const { source } = principal
  const count = deleters.filter(
    ({ client_id, key_id }) => client_id === source.client_id && key_id === source.key_id
  ).length
  if (count < UNASKED_DELETIONS || count % UNASKED_DELETIONS !== 0) return
  confirm(
    `${source.name} has deleted ${count} memories in the last ${WATCHED_MINUTES} minutes. ` +
      `Let it delete ${'key' in reference ? `"${reference.key.slice(0, 100)}"` : 'another'} as well, ` +
      'and more after it?'
  )
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

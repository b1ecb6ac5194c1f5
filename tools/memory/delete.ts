import { Type } from 'typebox'
import { insertAuditLog, type NewAuditLog } from '../../db/audit/audit-logs.ts'
import { tool } from '../tool.ts'
import {
  closed,
  GLOBAL_NAMESPACE,
  Key,
  Namespace,
  memoryNotFound
} from '../../domain/memory/fields.ts'
import { removeMemory, type Writer, withCallWriter } from '../../domain/memory/write.ts'

export const memoryDelete = tool({
  name: 'memory_delete',
  title: 'Delete a memory',
  description: 'Deletes a memory; memory_restore undoes it for 30 days.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object({ key: Key, agent_name: Namespace }, closed),
  output: Type.Object(
    { key: Type.String(), agent_name: Type.String(), deleted: Type.Boolean() },
    closed
  ),
  async run({ key, agent_name: agentName = GLOBAL_NAMESPACE }, context) {
    const which = { key, agent_name: agentName }
    const deleted = await withCallWriter(context, async (trx, writer) => {
      const memory = await removeMemory(trx, writer, which)
      if (memory) await insertAuditLog(trx, auditRow(writer, memory.memory_id))
      return memory
    })
    if (!deleted) throw memoryNotFound(which) // outside: one that has expired was made a deletion
    return { ...which, deleted: true }
  },
  text: ({ key, agent_name: agentName }) =>
    `✅ Memory deleted: "${key}" in namespace "${agentName}"`
})

/** Without the key: the log outlives a purge. */
function auditRow(
  {
    user_id: userId,
    source: { client_id: clientId, grant_id: grantId, key_id: keyId, name }
  }: Writer,
  memoryId: string
): NewAuditLog {
  return {
    action: 'memory.deleted',
    user_id: userId,
    ...(clientId && { client_id: clientId }),
    ...(grantId && { grant_id: grantId }),
    details: { memory_id: memoryId, by: name, ...(keyId && { key_id: keyId }) }
  }
}

import { Type } from 'typebox'
import { deleteMemory } from '../../db/memories.ts'
import { tool } from '../tool.ts'
import { closed, GLOBAL, Key, Namespace, notFound } from './fields.ts'

export const memoryDelete = tool({
  name: 'memory_delete',
  title: 'Delete a memory',
  description: 'Deletes the memory under a key. To correct one, use memory_update.',
  groups: ['memory'],
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: Type.Object({ key: Key, agent_name: Namespace }, closed),
  output: Type.Object({ key: Type.String(), agent_name: Type.String(), deleted: Type.Boolean() }, closed),
  async run ({ key, agent_name: agentName = GLOBAL }, { db, principal }) {
    const which = { key, agent_name: agentName }
    if (!await deleteMemory(db, principal.user_id, which)) throw notFound(which)
    return { ...which, deleted: true }
  },
  text: ({ key, agent_name: agentName }) => `✅ Memory deleted: "${key}" in namespace "${agentName}"`
})

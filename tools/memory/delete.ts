import { Type } from 'typebox'
import { deleteMemory } from '../../db/memories.ts'
import { tool } from '../tool.ts'
import { Key, Namespace } from './fields.ts'
import { noMemory } from './recall.ts'

export const memoryDelete = tool({
  name: 'memory_delete',
  title: 'Delete a memory',
  description: 'Forgets the memory under an exact key. Use it only when the person asks for it.',
  groups: ['memory'],
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  input: Type.Object({ key: Key, agent_name: Namespace }, { additionalProperties: false }),
  output: Type.Object({ status: Type.Literal('deleted'), key: Type.String(), agent_name: Type.String() }, { additionalProperties: false }),
  async run ({ key, agent_name: agentName }, { db, principal }) {
    if (!await deleteMemory(db, principal.user_id, agentName, key)) throw noMemory(key, agentName)
    return { status: 'deleted' as const, key, agent_name: agentName }
  },
  text: ({ key, agent_name: agentName }) => `✅ Memory deleted: ${key} (${agentName})`
})

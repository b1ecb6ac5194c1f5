import { Type } from 'typebox'
import { deleteMemory } from '../../domain/memory/delete.ts'
import {
  closed,
  GLOBAL_NAMESPACE,
  Key,
  Namespace,
  memoryNotFound
} from '../../domain/memory/fields.ts'
import { RESTORABLE_DAYS } from '../../domain/memory/restore.ts'
import { replacesData } from '../annotations.ts'
import { tool } from '../tool.ts'

export const memoryDelete = tool({
  name: 'memory_delete',
  title: 'Delete a memory',
  description:
    'Deletes a memory, so that nothing finds it any more. Use it when the person wants ' +
    'something forgotten; if it only changed, use memory_update. ' +
    `memory_restore undoes it for ${RESTORABLE_DAYS} days.`,
  example: { key: 'old_address' },
  groups: ['memory'],
  annotations: replacesData,
  input: Type.Object({ key: Key, agent_name: Namespace }, closed),
  output: Type.Object(
    { key: Type.String(), agent_name: Type.String(), deleted: Type.Boolean() },
    closed
  ),
  async run({ key, agent_name: agentName = GLOBAL_NAMESPACE }, context) {
    const selector = { key, agent_name: agentName }
    if (!(await deleteMemory(context, selector))) throw memoryNotFound(selector)
    return { ...selector, deleted: true }
  },
  text: ({ key, agent_name: agentName }) =>
    `✅ Memory deleted: "${key}" in namespace "${agentName}"`
})

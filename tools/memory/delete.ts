import { Type } from 'typebox'
import { tool } from '../tool.ts'
import { closed, GLOBAL, Key, Namespace, notFound } from './fields.ts'
import { removeMemory, writingAs } from './write.ts'

export const memoryDelete = tool({
  name: 'memory_delete',
  title: 'Delete a memory',
  description: 'Deletes a memory; memory_restore undoes it for 30 days.',
  groups: ['memory'],
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  input: Type.Object({ key: Key, agent_name: Namespace }, closed),
  output: Type.Object({ key: Type.String(), agent_name: Type.String(), deleted: Type.Boolean() }, closed),
  async run ({ key, agent_name: agentName = GLOBAL }, context) {
    const which = { key, agent_name: agentName }
    if (!await writingAs(context, (trx, writer) => removeMemory(trx, writer, which))) throw notFound(which)
    return { ...which, deleted: true }
  },
  text: ({ key, agent_name: agentName }) => `✅ Memory deleted: "${key}" in namespace "${agentName}"`
})

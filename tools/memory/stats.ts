import { Type } from 'typebox'
import { memoryStats as statsOf } from '../../db/memories.ts'
import { tool } from '../tool.ts'
import { AnyNamespace } from './fields.ts'

const Count = Type.Integer({ minimum: 0 })

export const memoryStats = tool({
  name: 'memory_stats',
  title: 'Memory statistics',
  description: 'Counts what is remembered: how many memories, how large, in which namespaces, the most used tags, and how many lie unused.',
  groups: ['memory'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: Type.Object({ agent_name: AnyNamespace }, { additionalProperties: false }),
  output: Type.Object({
    total_memories: Count,
    storage_bytes: Count,
    unused_30_days: Count,
    older_than_90_days: Count,
    namespaces: Type.Array(Type.Object({ agent_name: Type.String(), count: Count }, { additionalProperties: false })),
    top_tags: Type.Array(Type.Object({ tag: Type.String(), count: Count }, { additionalProperties: false }))
  }, { additionalProperties: false }),
  async run ({ agent_name: agentName }, { db, principal }) {
    const { total, bytes, ...rest } = await statsOf(db, principal.user_id, agentName)
    return { total_memories: total, storage_bytes: bytes, ...rest }
  },
  text: ({ total_memories: total, storage_bytes: bytes, unused_30_days: unused, older_than_90_days: old, namespaces, top_tags: tags }) => [
    `${total} memories, ${(bytes / 1024).toFixed(1)} KiB`,
    `- Not used for 30 days: ${unused}; older than 90 days: ${old}`,
    `- Namespaces: ${namespaces.map(({ agent_name: name, count }) => `${name} (${count})`).join(', ') || 'none'}`,
    `- Top tags: ${tags.map(({ tag, count }) => `${tag} (${count})`).join(', ') || 'none'}`
  ].join('\n')
})

import { Type } from 'typebox'
import { memoryStats as findStats } from '../../db/memory-stats.ts'
import { tool } from '../tool.ts'
import { AnyNamespace, closed } from './fields.ts'

const Count = Type.Integer()

export const memoryStats = tool({
  name: 'memory_stats',
  title: 'Memory statistics',
  description: 'Counts what is stored: memories in all and by namespace, type and tag, their size, duplicates, and what was not changed or used for long. Use it for an overview, or before tidying up.',
  groups: ['memory'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: Type.Object({ agent_name: AnyNamespace }, closed),
  output: Type.Object({
    total_memories: Count,
    namespaces: Type.Array(Type.Object({ agent_name: Type.String(), memories: Count }, closed)),
    types: Type.Array(Type.Object({ type: Type.String(), memories: Count }, closed)),
    top_tags: Type.Array(Type.Object({ tag: Type.String(), memories: Count }, closed)),
    analysis: Type.Object({
      value_bytes: Count,
      duplicates: Type.Integer({ description: 'Memories whose value another one has too.' }),
      unchanged_90days: Count,
      unused_30days: Count,
      unused_90days: Count,
      expiring: Type.Integer({ description: 'Memories with an expiry date.' })
    }, closed),
    first_created_at: Type.Optional(Type.String()),
    last_updated_at: Type.Optional(Type.String())
  }, closed),
  async run (args, { db, principal }) {
    const { total_memories: total, namespaces, types, top_tags: topTags, first_created_at: first, last_updated_at: last, ...analysis } =
      await findStats(db, principal.user_id, args.agent_name)
    return {
      total_memories: total,
      namespaces,
      types,
      top_tags: topTags,
      analysis,
      ...(first && { first_created_at: first.toISOString() }),
      ...(last && { last_updated_at: last.toISOString() })
    }
  },
  text ({ total_memories: total, namespaces, types, top_tags: topTags, analysis, first_created_at: first, last_updated_at: last }) {
    const list = (rows: string[]) => rows.join(', ') || 'none'
    return [
      `${total} ${total === 1 ? 'memory' : 'memories'}, ${analysis.value_bytes} bytes of text`,
      `- Namespaces: ${list(namespaces.map(({ agent_name: name, memories }) => `${name} ${memories}`))}`,
      `- Types: ${list(types.map(({ type, memories }) => `${type} ${memories}`))}`,
      `- Top tags: ${list(topTags.map(({ tag, memories }) => `${tag} ${memories}`))}`,
      `- Duplicates: ${analysis.duplicates}; with an expiry date: ${analysis.expiring}`,
      `- Not changed for 90 days: ${analysis.unchanged_90days}; not used for 30 days: ${analysis.unused_30days}, for 90 days: ${analysis.unused_90days}`,
      ...(first ? [`- First stored ${first}, last changed ${last}`] : [])
    ].join('\n')
  }
})

import { Type } from 'typebox'
import { countVersions, findMemoryStats } from '../../db/memory/stats.ts'
import { findMemoryUsage, type MemoryUsage } from '../../db/memory/usage.ts'
import type { MemoryQuota } from '../../domain/context.ts'
import { tool } from '../tool.ts'
import { AnyNamespace, closed } from '../../domain/memory/fields.ts'

const Count = Type.Integer()

export const memoryStats = tool({
  name: 'memory_stats',
  title: 'Memory statistics',
  description:
    'Counts what is stored: memories by namespace, type and tag, their size, duplicates, what is old or unused, former versions, and the quota. Use it for an overview, or before tidying up.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object({ agent_name: AnyNamespace }, closed),
  output: Type.Object(
    {
      total_memories: Count,
      namespaces: Type.Array(Type.Object({ agent_name: Type.String(), memories: Count }, closed)),
      types: Type.Array(Type.Object({ type: Type.String(), memories: Count }, closed)),
      top_tags: Type.Array(Type.Object({ tag: Type.String(), memories: Count }, closed)),
      analysis: Type.Record(Type.String(), Count),
      versions: Type.Record(Type.String(), Count),
      quota: Type.Record(Type.String(), Count),
      recommendations: Type.Array(Type.String()),
      first_created_at: Type.Optional(Type.String()),
      last_updated_at: Type.Optional(Type.String())
    },
    closed
  ),
  async run(args, { db, principal, quota }) {
    const {
      total_memories: total,
      namespaces,
      types,
      top_tags: topTags,
      first_created_at: first,
      last_updated_at: last,
      ...analysis
    } = await findMemoryStats(db, principal.user_id, args.agent_name)
    const used = await findMemoryUsage(db, principal.user_id)
    return {
      total_memories: total,
      namespaces,
      types,
      top_tags: topTags,
      analysis,
      versions: await countVersions(db, principal.user_id),
      quota: {
        memories_used: used.memories,
        memories_limit: quota.memories,
        bytes_used: used.bytes,
        bytes_limit: quota.bytes
      },
      recommendations: recommended(analysis, used, quota),
      ...(first && { first_created_at: first.toISOString() }),
      ...(last && { last_updated_at: last.toISOString() })
    }
  },
  text({
    total_memories: total,
    namespaces,
    types,
    top_tags: topTags,
    analysis,
    versions,
    quota,
    recommendations,
    first_created_at: first,
    last_updated_at: last
  }) {
    const list = (rows: string[]) => rows.join(', ') || 'none'
    return [
      `${total} ${total === 1 ? 'memory' : 'memories'}, ${analysis.value_bytes} bytes of text`,
      `- Namespaces: ${list(namespaces.map(({ agent_name: name, memories }) => `${name} ${memories}`))}`,
      `- Types: ${list(types.map(({ type, memories }) => `${type} ${memories}`))}`,
      `- Top tags: ${list(topTags.map(({ tag, memories }) => `${tag} ${memories}`))}`,
      `- Duplicates: ${analysis.duplicates}; with an expiry date: ${analysis.expiring}`,
      `- Not changed for 90 days: ${analysis.unchanged_90days}; not used for 30 days: ${analysis.unused_30days}, for 90 days: ${analysis.unused_90days}`,
      `- Former versions: ${versions.former_versions}; deleted and restorable: ${versions.restorable}`,
      `- Quota, all namespaces: ${quota.memories_used} of ${quota.memories_limit} memories, ${quota.bytes_used} of ${quota.bytes_limit} bytes`,
      ...recommendations.map((advice) => `- ${advice}`),
      ...(first ? [`- First stored ${first}, last changed ${last}`] : [])
    ].join('\n')
  }
})

/** The part of a quota from which on it is spoken of. */
const NEARLY = 0.9

function recommended(
  analysis: { duplicates: number; unused_90days: number },
  used: MemoryUsage,
  quota: MemoryQuota
): string[] {
  const { duplicates, unused_90days: unused } = analysis
  return [
    ...(duplicates > 0
      ? [
          `${duplicates} ${duplicates === 1 ? 'memory says' : 'memories say'} the same as another one: delete what is double.`
        ]
      : []),
    ...(unused > 0
      ? [
          `${unused} ${unused === 1 ? 'memory was' : 'memories were'} not used for 90 days: look what still holds.`
        ]
      : []),
    ...(used.memories > quota.memories * NEARLY || used.bytes > quota.bytes * NEARLY
      ? ['The quota is nearly used up: delete what is not needed any more.']
      : [])
  ]
}

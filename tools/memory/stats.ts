import { Type } from 'typebox'
import type { MemoryQuota } from '../../domain/context.ts'
import { AnyNamespace, closed } from '../../domain/memory/fields.ts'
import { readStatistics } from '../../domain/memory/statistics.ts'
import { quantity } from '../../lib/quantity.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'

/** From this share of a quota on, the answer warns. */
const QUOTA_WARNING_SHARE = 0.9

const CountField = Type.Integer()

export const memoryStats = tool({
  name: 'memory_stats',
  title: 'Memory statistics',
  description:
    'Counts what is stored by namespace, type and tag: size, duplicates, what is old or ' +
    'unused, former versions, quota. Use it for an overview, or before tidying up; to ' +
    'see the memories, use memory_list.',
  example: {},
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object({ agent_name: AnyNamespace }, closed),
  output: Type.Object(
    {
      total_memories: CountField,
      namespaces: Type.Array(
        Type.Object({ agent_name: Type.String(), memories: CountField }, closed)
      ),
      types: Type.Array(Type.Object({ type: Type.String(), memories: CountField }, closed)),
      top_tags: Type.Array(Type.Object({ tag: Type.String(), memories: CountField }, closed)),
      analysis: Type.Record(Type.String(), CountField),
      versions: Type.Record(Type.String(), CountField),
      quota: Type.Record(Type.String(), CountField),
      recommendations: Type.Array(Type.String()),
      first_created_at: Type.Optional(Type.String()),
      last_updated_at: Type.Optional(Type.String())
    },
    closed
  ),
  async run({ agent_name: agentName }, context) {
    const {
      total_memories: total,
      namespaces,
      types,
      top_tags: topTags,
      first_created_at: firstCreatedAt,
      last_updated_at: lastUpdatedAt,
      versions,
      usage,
      quota,
      ...analysis
    } = await readStatistics(context, agentName)
    return {
      total_memories: total,
      namespaces,
      types,
      top_tags: topTags,
      analysis,
      versions,
      quota: {
        ...(usage && { memories_used: usage.memories }),
        memories_limit: quota.memories,
        ...(usage && { bytes_used: usage.bytes }),
        bytes_limit: quota.bytes
      },
      recommendations: recommendationsFor(analysis, usage, quota),
      ...(firstCreatedAt && { first_created_at: firstCreatedAt.toISOString() }),
      ...(lastUpdatedAt && { last_updated_at: lastUpdatedAt.toISOString() })
    }
  },
  text({ namespaces, types, analysis, versions, quota, ...answer }) {
    return [
      `${quantity(answer.total_memories, 'memory', 'memories')}, ` +
        `${analysis.value_bytes} bytes of text`,
      `- Namespaces: ${countList(namespaces, ({ agent_name: name }) => name)}`,
      `- Types: ${countList(types, ({ type }) => type)}`,
      `- Top tags: ${countList(answer.top_tags, ({ tag }) => tag)}`,
      `- Duplicates: ${analysis.duplicates}; with an expiry date: ${analysis.expiring}`,
      `- Not changed for 90 days: ${analysis.unchanged_90days}; ` +
        `not used for 30 days: ${analysis.unused_30days}, for 90 days: ${analysis.unused_90days}`,
      `- Former versions: ${versions.former_versions}; ` +
        `deleted and restorable: ${versions.restorable}`,
      quotaLine(quota),
      ...answer.recommendations.map((advice) => `- ${advice}`),
      ...(answer.first_created_at
        ? [`- First stored ${answer.first_created_at}, last changed ${answer.last_updated_at}`]
        : [])
    ].join('\n')
  }
})

function countList<Row extends { memories: number }>(
  rows: Row[],
  nameOf: (row: Row) => string
): string {
  return rows.map((row) => `${nameOf(row)} ${row.memories}`).join(', ') || 'none'
}

function quotaLine({ memories_used: memories, bytes_used: bytes, ...limit }: Quota): string {
  const used = (count: number | undefined) => (count === undefined ? 'at most' : `${count} of`)
  return (
    `- Quota, all namespaces: ${used(memories)} ${limit.memories_limit} memories, ` +
    `${used(bytes)} ${limit.bytes_limit} bytes`
  )
}

type Quota = Record<string, number | undefined>

function recommendationsFor(
  { duplicates, unused_90days: unused }: { duplicates: number; unused_90days: number },
  usage: MemoryQuota | undefined,
  quota: MemoryQuota
): string[] {
  const isNearlyFull =
    usage !== undefined &&
    (usage.memories > quota.memories * QUOTA_WARNING_SHARE ||
      usage.bytes > quota.bytes * QUOTA_WARNING_SHARE)
  return [
    ...(duplicates > 0
      ? [
          `${quantity(duplicates, 'memory says', 'memories say')} the same as another one: ` +
            'delete the duplicates.'
        ]
      : []),
    ...(unused > 0
      ? [
          `${quantity(unused, 'memory was', 'memories were')} not used for 90 days: ` +
            'check which of them still hold.'
        ]
      : []),
    ...(isNearlyFull ? ['The quota is nearly used up: delete what you no longer need.'] : [])
  ]
}

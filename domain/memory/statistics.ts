import { countVersions, findMemoryStats } from '../../db/memory/stats.ts'
import { findMemoryUsage } from '../../db/memory/usage.ts'
import type { CallContext, MemoryQuota } from '../context.ts'

/** Counts over the memories of a namespace, or all; versions and quota over all namespaces. */
export async function readStatistics(
  { db, principal: { user_id: userId }, quota }: Pick<CallContext, 'db' | 'principal' | 'quota'>,
  agentName?: string
) {
  const usage: MemoryQuota = await findMemoryUsage(db, userId)
  return {
    ...(await findMemoryStats(db, userId, agentName)),
    versions: await countVersions(db, userId),
    usage,
    quota
  }
}

import { countVersions, findMemoryStats } from '../../db/memory/stats.ts'
import { findMemoryUsage } from '../../db/memory/usage.ts'
import type { CallContext, MemoryQuota } from '../context.ts'

/**
 * Counts over the memories of a namespace, or all; versions and quota over all namespaces. A bound
 * caller does not learn how much of the quota is used.
 */
export async function readStatistics(
  { db, principal, quota }: Pick<CallContext, 'db' | 'principal' | 'quota'>,
  agentName?: string
) {
  const userId = principal.user_id
  const usage: MemoryQuota | undefined = principal.namespaces
    ? undefined
    : await findMemoryUsage(db, userId)
  return {
    ...(await findMemoryStats(db, userId, agentName)),
    versions: await countVersions(db, userId),
    usage,
    quota
  }
}

import type { MemoryUsage } from '../../db/memory/usage.ts'
import { RESTORABLE_DAYS } from '../../db/memory/versions.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { MemoryQuota } from '../context.ts'

/** The person stores as much as they may. */
export class QuotaUsedError extends ToolError {
  override name = 'QuotaUsedError'
}

/**
 * Refuses a write that grew the usage beyond the quota. Concurrent transactions do not see each
 * other's writes: they may exceed the quota slightly. Throws QuotaUsedError.
 */
export function refuseOverQuota(
  { quota, grown }: { quota?: MemoryQuota; grown: MemoryUsage },
  usedQuota: MemoryUsage
): void {
  if (quota && grown.memories > 0 && usedQuota.memories > quota.memories) {
    throw new QuotaUsedError(
      `The quota of ${quota.memories} memories is used up. Delete memories that are not needed ` +
        'any more with memory_delete, or ask the administrator for more (MEMORY_QUOTA_COUNT).'
    )
  }
  if (quota && grown.bytes > 0 && usedQuota.bytes > quota.bytes) {
    throw new QuotaUsedError(
      `The quota of ${quota.bytes} bytes for memories and their former versions is used up. ` +
        'Ask the administrator for more (MEMORY_QUOTA_BYTES), or to purge what is deleted; ' +
        `deleted memories count for ${RESTORABLE_DAYS} days.`
    )
  }
}

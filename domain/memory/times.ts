import { type Instant, parseInstant, hasExplicitOffset } from '../time/instant.ts'
import { zoneFor } from '../time/person.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'

interface TimeArguments {
  occurred_at?: string | null
  expires_at?: string | null
}

/**
 * Parses the time arguments of a memory to be written; an absent one stays absent. A time without a
 * zone is in the user's time zone. Throws ToolError for an invalid time or an expiry in the past.
 */
export async function resolveMemoryTimes(
  { occurred_at: occurredAt, expires_at: expiresAt }: TimeArguments,
  { db, principal }: Pick<CallContext, 'db' | 'principal'>
): Promise<{ occurred_at?: Instant; expires_at?: Instant }> {
  const isLocal = [occurredAt, expiresAt].some((text) => text && !hasExplicitOffset(text))
  const timeZone = isLocal ? await zoneFor(db, principal.user_id) : undefined
  const expiryTime =
    expiresAt === undefined ? undefined : parseInstant('expires_at', expiresAt ?? '', timeZone)
  if (expiryTime && expiryTime.getTime() <= Date.now()) {
    throw new ToolError(
      `expires_at is in the past (${expiryTime.toISOString()}; now it is ` +
        `${new Date().toISOString()}), so the memory would be gone at once. ` +
        'Give a later time, or leave expires_at out.'
    )
  }
  return {
    ...(occurredAt !== undefined && {
      occurred_at: parseInstant('occurred_at', occurredAt ?? '', timeZone)
    }),
    ...(expiryTime !== undefined && { expires_at: expiryTime })
  }
}

import { type Instant, parseInstant, hasExplicitOffset } from '../time/instant.ts'
import { zoneFor } from '../time/person.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'

interface WrittenTimes {
  occurred_at?: string | null
  expires_at?: string | null
}

/**
 * The times of a memory to be written, those that were named: a date without a zone is one of the
 * person's. Throws ToolError on what is no time, and on an expiry that is over.
 */
export async function resolveMemoryTimes(
  { occurred_at: occurredAt, expires_at: expiresAt }: WrittenTimes,
  { db, principal }: Pick<CallContext, 'db' | 'principal'>
): Promise<{ occurred_at?: Instant; expires_at?: Instant }> {
  const isLocal = [occurredAt, expiresAt].some((text) => text && !hasExplicitOffset(text))
  const zone = isLocal ? await zoneFor(db, principal.user_id) : undefined
  const expires =
    expiresAt === undefined ? undefined : parseInstant('expires_at', expiresAt ?? '', zone)
  if (expires && expires.getTime() <= Date.now()) {
    throw new ToolError(
      `expires_at is in the past (${expires.toISOString()}; now it is ${new Date().toISOString()}), so the memory would be gone at once. Give a later time, or leave expires_at out.`
    )
  }
  return {
    ...(occurredAt !== undefined && {
      occurred_at: parseInstant('occurred_at', occurredAt ?? '', zone)
    }),
    ...(expires !== undefined && { expires_at: expires })
  }
}

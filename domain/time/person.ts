import type { Db } from '../../db/connection/connect.ts'
import { findTimezone } from '../../db/people/users.ts'
import { utcZone, type TimeZone, zoneOf } from './zone.ts'

/**
 * The zone of a person's time words: the one named in the call, else the account's, else UTC.
 * Throws ToolError.
 */
export async function zoneFor(db: Db, userId: string, timezone?: string): Promise<TimeZone> {
  if (timezone?.trim()) return zoneOf(timezone)
  const accountTimezone = await findTimezone(db, userId)
  return accountTimezone === null ? utcZone : zoneOf(accountTimezone)
}

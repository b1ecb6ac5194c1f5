import type { Db } from '../../db/connection/connect.ts'
import { findTimezone } from '../../db/people/users.ts'
import { utc, type Zone, zoneOf } from './zone.ts'

/**
 * The zone that a person's time words are meant in: the one named in the call, else the account's,
 * else UTC. Throws ToolError.
 */
export async function zoneFor(db: Db, userId: string, timezone?: string): Promise<Zone> {
  if (timezone?.trim()) return zoneOf(timezone)
  const own = await findTimezone(db, userId)
  return own === null ? utc : zoneOf(own)
}

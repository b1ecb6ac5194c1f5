import { type RawBuilder, sql } from 'kysely'
import { isUnexpired } from '../connection/conditions.ts'

/** Whether the memory has not expired. An expired one is invisible, and so is its node. */
export function isLiveMemory(table: string): RawBuilder<boolean> {
  return isUnexpired(`${table}.expires_at`)
}

/** Whether the link holds at a time; the default is now. */
export function holdsAt(time: Date | undefined): RawBuilder<boolean> {
  const instant = sql`coalesce(${time ?? null}::timestamptz, now())`
  return sql<boolean>`(valid_from <= ${instant}
    and (valid_until is null or valid_until > ${instant}))`
}

import { type RawBuilder, sql } from 'kysely'
import type { Source } from '../schema/index.ts'

/** The time of the statement. Of several writes in one transaction the last one is the newest. */
export const clockTime = sql<Date>`clock_timestamp()`

/** Who put the row as it is: `written_by` after an undo, a rating or an import, else `source`. */
export const rowWriter = sql<Source>`coalesce(written_by, source)`

/** Selects writers. A writer matches when any one of the given fields is equal. */
export interface WriterFilter {
  client_id?: string
  grant_id?: string
  key_id?: string
  name?: string
  import_id?: string
}

/** Whether the column `writer` matches the filter. */
export function isWrittenBy(writerFilter: WriterFilter): RawBuilder<boolean> {
  return sql<boolean>`(${sql.join(
    Object.entries(writerFilter).map(([field, value]) => sql`writer ->> ${field}::text = ${value}`),
    sql` or `
  )})`
}

/** Whether a matching writer wrote the row at or after `since`, by its column `written`. */
export function isWrittenSince(writerFilter: WriterFilter, since: Date): RawBuilder<boolean> {
  return sql<boolean>`coalesce(written >= ${since}::timestamptz
    and ${isWrittenBy(writerFilter)}, false)`
}

import { type RawBuilder, sql, type SqlBool } from 'kysely'

/**
 * `column in (query)`, evaluated by hashing the rows of the query. Without "is true" the planner
 * may turn it into a nested loop, whose time is the product of both sides. The query must not refer
 * to the outer row.
 */
export function isAmong(column: string, query: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`((${sql.ref(column)} in (${query})) is true)`
}

interface TimeRange {
  from?: RawBuilder<unknown> | undefined
  until?: RawBuilder<unknown> | undefined
  group?: { column: RawBuilder<unknown>; value: RawBuilder<unknown> } | undefined
}

/**
 * Selects the rows of a user between two times, by an index on (user_id, time). It compares whole
 * rows: for `user_id = …` the planner assumes, without statistics, so few rows that it scans and
 * sorts the table. Order by `user_id` as well, newest first. `group`: a column that is equal,
 * between both in the index and in the order.
 */
export function isWithin(
  userId: string,
  time: string | RawBuilder<unknown>,
  { from, until, group }: TimeRange = {}
): RawBuilder<SqlBool> {
  const timeColumn = typeof time === 'string' ? sql.ref(time) : time
  const earliest = from ?? sql`timestamptz '-infinity'`
  const latest = until ?? sql`timestamptz 'infinity'`
  const columns = group ? sql`user_id, ${group.column}` : sql`user_id`
  const values = group ? sql`${userId}, ${group.value}` : sql`${userId}`
  return sql<SqlBool>`((${columns}, ${timeColumn}) >= (${values}, ${earliest})
    and (${columns}, ${timeColumn}) <= (${values}, ${latest}))`
}

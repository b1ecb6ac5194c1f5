import { type RawBuilder, sql, type SqlBool } from 'kysely'

/**
 * `column in (query)` that looks every value up in a hash of the query's rows. Without "is true"
 * the planner makes a join of it, and without statistics a nested one: its time is then the product
 * of both sides. The query must not refer to the row that is looked at.
 */
export function isAmong(column: string, query: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`((${sql.ref(column)} in (${query})) is true)`
}

/**
 * The user's rows in the order of an index on (user_id, time), the last first, from a time on and
 * up to another. Compared as a row: of `user_id = …` the planner believes, without statistics, that
 * it leaves a 200th of the table, which is quickly read whole and sorted. Order by `user_id` as
 * well.
 */
export function isWithin(
  userId: string,
  time: string | RawBuilder<unknown>,
  {
    from,
    until
  }: { from?: RawBuilder<unknown> | undefined; until?: RawBuilder<unknown> | undefined } = {}
): RawBuilder<SqlBool> {
  const column = typeof time === 'string' ? sql.ref(time) : time
  return sql<SqlBool>`((user_id, ${column}) >= (${userId}, ${from ?? sql`timestamptz '-infinity'`})
    and (user_id, ${column}) <= (${userId}, ${until ?? sql`timestamptz 'infinity'`}))`
}

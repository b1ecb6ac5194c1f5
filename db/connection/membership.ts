import { type RawBuilder, sql, type SqlBool } from 'kysely'

/**
 * `column in (query)`, evaluated by hashing the rows of the query. Without "is true" the planner
 * may turn it into a nested loop, whose time is the product of both sides. The query must not refer
 * to the outer row.
 */
export function isAmong(column: string, query: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`((${sql.ref(column)} in (${query})) is true)`
}

/** The lists that walk an index of their own, in its order. */
export type OrderedIndex = 'recent' | 'happened' | 'namespace' | 'app' | 'deleted'

/**
 * The owner of a row as the index of such a list has it. No two indexes begin with the same
 * expression, so the planner cannot walk another one and sort all rows of the person.
 */
export function orderedOwner(index: OrderedIndex): RawBuilder<string> {
  return sql<string>`(${sql.lit(`${index} `)} || user_id)`
}

/** Selects the rows of a user by the index of such a list, for other conditions on its columns. */
export function isOwnedBy(index: OrderedIndex, userId: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`${orderedOwner(index)} = ${`${index} ${userId}`}`
}

/**
 * A limit for the inner query of a list, in the order of its index. It keeps other conditions
 * outside. PostgreSQL does not know it and plans for a tenth of the rows, so it walks the index and
 * stops early; without a limit it would plan for all rows, and sort them.
 */
export const unknownLimit = sql<bigint>`(select 1000000000)`

interface TimeRange {
  from?: RawBuilder<unknown> | undefined
  until?: RawBuilder<unknown> | undefined
  group?: { column: RawBuilder<unknown>; value: RawBuilder<unknown> } | undefined
}

/**
 * Selects the rows of a user between two times, by the index on (orderedOwner, time). It compares
 * whole rows: for `user_id = …` the planner assumes, without statistics, so few rows that it scans
 * and sorts the table. Order by `orderedOwner` as well, newest first. `group`: a column that is
 * equal, between both in the index and in the order.
 */
export function isWithin(
  index: OrderedIndex,
  userId: string,
  time: string | RawBuilder<unknown>,
  { from, until, group }: TimeRange = {}
): RawBuilder<SqlBool> {
  const timeColumn = typeof time === 'string' ? sql.ref(time) : time
  const earliest = from ?? sql`timestamptz '-infinity'`
  const latest = until ?? sql`timestamptz 'infinity'`
  const owner = `${index} ${userId}`
  const columns = group ? sql`${orderedOwner(index)}, ${group.column}` : orderedOwner(index)
  const values = group ? sql`${owner}, ${group.value}` : sql`${owner}`
  return sql<SqlBool>`((${columns}, ${timeColumn}) >= (${values}, ${earliest})
    and (${columns}, ${timeColumn}) <= (${values}, ${latest}))`
}

import { type RawBuilder, sql, type SqlBool } from 'kysely'

/**
 * `column in (query)` that looks every value up in a hash of the query's rows. Without "is true" the
 * planner makes a join of it, and without statistics a nested one: its time is then the product of
 * both sides. The query must not refer to the row that is looked at.
 */
export function isAmong (column: string, query: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${sql.ref(column)} in (${query})) is true`
}

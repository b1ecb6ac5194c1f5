import { type RawBuilder, sql } from 'kysely'

/** Whether the row has no end, or one in the future. A row without an end never expires. */
export function isUnexpired(column: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(column)} is null or ${sql.ref(column)} > now())`
}

/** Whether the column holds one of the texts. They are one parameter, whatever their number. */
export function isOneOf(column: string, texts: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} = any(${[...texts]}::text[])`
}

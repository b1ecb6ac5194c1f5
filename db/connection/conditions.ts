import { type RawBuilder, sql } from 'kysely'

/** Whether the row has no end, or one in the future. A row without an end never expires. */
export function isUnexpired(column: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(column)} is null or ${sql.ref(column)} > now())`
}

/** Whether the column holds one of the texts. They are one parameter, whatever their number. */
export function isOneOf(column: string, texts: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} = any(${[...texts]}::text[])`
}

/**
 * Whether the last use was recorded more than a minute ago, or never. Uses are recorded at most
 * once a minute.
 */
export function isUseDue(column = 'last_used_at'): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(column)} is null
    or ${sql.ref(column)} < now() - interval '1 minute')`
}

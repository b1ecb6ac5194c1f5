import { type RawBuilder, sql } from 'kysely'

/** What a memory says. */
export const contentColumns = [
  'value',
  'tags',
  'importance',
  'type',
  'metadata',
  'session_id',
  'speaker',
  'occurred_at'
] as const

export const ratingColumns = ['useful_count', 'irrelevant_count', 'outdated_count'] as const

export const usageColumns = ['access_count', 'last_accessed_at'] as const

/** The columns that a memory and its versions share, apart from the owner. */
export const versionColumns = [
  'memory_id',
  'version',
  'agent_name',
  'key',
  ...contentColumns,
  ...usageColumns,
  ...ratingColumns,
  'source',
  'expires_at',
  'pinned_at',
  'created_at',
  'updated_at',
  'written_at',
  'written_by'
] as const

/** The columns of every list of memories, besides the value. */
export const summaryColumns = ['memory_id', 'agent_name', 'key', 'tags', 'type'] as const

/** The beginning of `value`, at most `valueLimit` characters, and the length of the whole value. */
export function valueBeginning(valueLimit: number | RawBuilder<number>) {
  return [
    sql<string>`left(value, ${valueLimit}::integer)`.as('value'),
    sql<number>`length(value)`.as('value_length')
  ] as const
}

/** The time as text with microseconds, which a Date cannot hold. */
export function pagePosition(timeColumn: string) {
  return sql<string>`to_char(${sql.ref(timeColumn)} at time zone 'UTC',
    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as('position')
}

import { type RawBuilder, sql } from 'kysely'

/** A page of a list: so many rows, behind the one whose id is `after`. */
export interface Page {
  limit: number
  after?: string | undefined
}

/** Counting ends here: nobody needs to know it more exactly, and it must not cost more. */
export const MAX_COUNTED = 10_000

/**
 * Whether a row of the table stands behind the row that ended the page before, in a list by
 * created_at and then id. An id that is not there has nothing behind it.
 */
export function isBehind(
  { table, id, order }: { table: string; id: string; order: 'ascending' | 'descending' },
  after: string
): RawBuilder<boolean> {
  const key = sql`${sql.ref(`${table}.created_at`)}, ${sql.ref(`${table}.${id}`)}`
  const end = sql`(select ${key} from ${sql.table(table)}
    where ${sql.ref(`${table}.${id}`)} = ${after})`
  return order === 'ascending' ? sql<boolean>`(${key}) > ${end}` : sql<boolean>`(${key}) < ${end}`
}

import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import type { Db } from './connect.ts'

/** A page of a list: at most `limit` rows, after the row with the id `after`. */
export interface Page {
  limit: number
  after?: string | undefined
}

/** Counts stop here: a larger number informs no better and costs more. */
export const MAX_COUNTED = 10_000

/**
 * Whether a row comes after the last row of the previous page, in a list ordered by created_at and
 * then id. Nothing comes after an id that does not exist.
 */
export function isBehind(
  { table, id, order }: { table: string; id: string; order: 'ascending' | 'descending' },
  after: string
): RawBuilder<boolean> {
  const rowKey = sql`${sql.ref(`${table}.created_at`)}, ${sql.ref(`${table}.${id}`)}`
  const pageEnd = sql`(select ${rowKey} from ${sql.table(table)}
    where ${sql.ref(`${table}.${id}`)} = ${after})`
  return order === 'ascending'
    ? sql<boolean>`(${rowKey}) > ${pageEnd}`
    : sql<boolean>`(${rowKey}) < ${pageEnd}`
}

/** Counts the rows of a query; MAX_COUNTED stands for that many or more. */
export async function countRows(
  db: Db,
  rows: SelectQueryBuilder<any, any, object>
): Promise<number> {
  const { count } = await db
    .selectFrom(rows.limit(MAX_COUNTED).as('counted'))
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

import { type SelectQueryBuilder, sql } from 'kysely'
import { inBatches } from './batch.ts'
import type { Db } from './connect.ts'
import { inLane, type Slots } from './prepared.ts'

type Question<K extends string> = Record<K, string>
type Build<K extends string, R> = (
  db: Db,
  of: Slots<Question<K>>
) => SelectQueryBuilder<any, any, R>

/**
 * A prepared statement for one row that is read by a unique index. `build` gets the values that
 * `by` names. Those of several callers are asked at once. Who asks for the same may get the same
 * row: it is not to be changed.
 */
export function lookup<K extends string, R extends object>(
  name: string,
  by: K[],
  build: Build<K, R>
): (db: Db, question: Question<K>) => Promise<R | undefined> {
  const columns = sql.join([...by, 'n'].map((column) => sql.ref(column)))
  const values = Object.fromEntries(
    by.map((column) => [column, sql.ref(`asked.${column}`)])
  ) as Slots<Question<K>>
  const find = inLane(name, (db, of: Slots<Record<K, string[]>>) =>
    db
      .selectFrom(
        sql<{
          n: number
        }>`unnest(${sql.join(by.map((column) => sql`(select ${of[column]}::text[])`))}) with ordinality`.as<'asked'>(
          sql`asked (${columns})`
        )
      )
      .innerJoinLateral(build(db, values).limit(1).as('found'), (join) => join.onTrue())
      .select('asked.n')
      .selectAll('found')
  )

  async function many(
    db: Db,
    questions: Array<Question<K>>
  ): Promise<Map<Question<K>, R | undefined>> {
    const keys = questions.map((question) => JSON.stringify(by.map((column) => question[column])))
    const distinct = new Map(keys.map((key, i) => [key, questions[i]!]))
    const lists = by.map((column) => [
      column,
      Array.from(distinct.values(), (question) => question[column])
    ])
    const found = await find(db, Object.fromEntries(lists) as Record<K, string[]>)
    const asked = [...distinct.keys()]
    const rows = new Map(found.map(({ n, ...row }) => [asked[n - 1], row as unknown as R]))
    return new Map(questions.map((question, i) => [question, rows.get(keys[i]!)]))
  }

  return inBatches(many, async (db, question) => (await many(db, [question])).get(question))
}

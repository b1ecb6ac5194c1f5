import { type SelectQueryBuilder, sql } from 'kysely'
import { coalesceCalls } from './batch.ts'
import type { Db } from './connect.ts'
import { prepareInLane, prepareStatement, type Slots } from './prepared.ts'

type LookupKey<K extends string> = Record<K, string>
type BuildLookup<K extends string, R> = (
  db: Db,
  slots: Slots<LookupKey<K>>
) => SelectQueryBuilder<any, any, R>

/**
 * Prepares a look-up of one row by a unique index. `build` gets the key values named in
 * `keyColumns`. Concurrent look-ups share a statement. Callers with the same key may get the same
 * row object, so do not change it. Rows that may be large do not belong in the lane, where all
 * others would wait for them.
 */
export function prepareLookup<K extends string, R extends object>(
  name: string,
  keyColumns: K[],
  build: BuildLookup<K, R>,
  { inLane = true } = {}
): (db: Db, question: LookupKey<K>) => Promise<R | undefined> {
  const inputColumns = sql.join([...keyColumns, 'n'].map((column) => sql.ref(column)))
  const inputValues = Object.fromEntries(
    keyColumns.map((column) => [column, sql.ref(`input.${column}`)])
  ) as Slots<LookupKey<K>>
  const prepare = inLane ? prepareInLane : prepareStatement
  const findRows = prepare(name, (db, slots: Slots<Record<K, string[]>>) => {
    const keyLists = keyColumns.map((column) => sql`(select ${slots[column]}::text[])`)
    return db
      .selectFrom(
        sql<{ n: number }>`unnest(${sql.join(keyLists)}) with ordinality`.as<'input'>(
          sql`input (${inputColumns})`
        )
      )
      .innerJoinLateral(build(db, inputValues).limit(1).as('hit'), (join) => join.onTrue())
      .select('input.n')
      .selectAll('hit')
  })

  async function findMany(
    db: Db,
    lookupKeys: Array<LookupKey<K>>
  ): Promise<Map<LookupKey<K>, R | undefined>> {
    const keyTexts = lookupKeys.map((question) =>
      JSON.stringify(keyColumns.map((column) => question[column]))
    )
    const distinctKeys = new Map(keyTexts.map((key, i) => [key, lookupKeys[i]!]))
    const columnLists = keyColumns.map((column) => [
      column,
      Array.from(distinctKeys.values(), (question) => question[column])
    ])
    const foundRows = await findRows(db, Object.fromEntries(columnLists) as Record<K, string[]>)
    const distinctTexts = [...distinctKeys.keys()]
    const rowsByKey = new Map(
      foundRows.map(({ n, ...row }) => [distinctTexts[n - 1], row as unknown as R])
    )
    return new Map(lookupKeys.map((question, i) => [question, rowsByKey.get(keyTexts[i]!)]))
  }

  return coalesceCalls(findMany, async (db, question) =>
    (await findMany(db, [question])).get(question)
  )
}

import { type Insertable, sql } from 'kysely'
import type { Db } from '../../db/connection/connect.ts'
import type { MemoriesTable } from '../../db/schema/index.ts'
import { memoryTerms } from '../../domain/memory/search/terms.ts'
import { random, sentence } from './text.ts'

const BATCH = 500
/** Words of a memory, and memories of a session; every second memory stands in none. */
const WORDS = 24
const SESSION = 25

/** Columns of a memory that no search term stands in, by its number. */
type ExtraColumns = (number: number) => Partial<Insertable<MemoriesTable>>

/**
 * Puts so many memories of a user into the tables at once, by the same terms that the tools store.
 */
export async function seed(
  db: Db,
  userId: string,
  count: number,
  from: number,
  extraColumns: ExtraColumns = () => ({})
): Promise<void> {
  const next = random(from + 1)
  for (let done = 0; done < count; done += BATCH) {
    const rows = await Promise.all(
      Array.from({ length: Math.min(BATCH, count - done) }, async (_, i) => {
        const number = done + i
        const indexed = {
          key: `note-${number}`,
          value: sentence(next, WORDS / 2 + Math.floor(next() * WORDS)),
          tags: [],
          speaker: null,
          session_id: number % 2 === 0 ? `session-${Math.floor(number / 2 / SESSION)}` : null,
          occurred_at: null
        }
        return { indexed, number, ...(await memoryTerms(indexed)) }
      })
    )
    const stored = await db
      .insertInto('memories')
      .values(
        rows.map(({ indexed: { key, value, session_id: sessionId }, number, length }) => ({
          user_id: userId,
          agent_name: 'global',
          key,
          value,
          session_id: sessionId,
          search_length: length,
          tags: '[]',
          metadata: '{}',
          source: '{}',
          ...extraColumns(number)
        }))
      )
      .returning(['key', 'memory_no'])
      .execute()
    const numbers = new Map(stored.map(({ key, memory_no: no }) => [key, no]))
    const flat = rows.flatMap(
      ({ indexed: { key }, postings: { terms, length, session_no: session } }) =>
        [...terms].map(([term, { weight }]) => ({
          term,
          no: numbers.get(key)!,
          weight,
          length,
          session
        }))
    )
    await sql`insert into memory_postings (user_id, term, memory_no, weight, length, session_no)
      select ${userId}, * from unnest(
        ${flat.map(({ term }) => term)}::text[], ${flat.map(({ no }) => no)}::bigint[],
        ${flat.map(({ weight }) => weight)}::real[], ${flat.map(({ length }) => length)}::real[],
        ${flat.map(({ session }) => session)}::integer[])`.execute(db)
  }
}

import { sql } from 'kysely'
import type { Db, Trx } from './connect.ts'

/** Puts the search terms of one memory in place of those it had. The caller holds the memory's row, so no two do this at once. */
export async function replacePostings (trx: Trx, userId: string, memoryId: string, postings: ReadonlyMap<string, number>): Promise<void> {
  await trx.deleteFrom('memory_postings').where('user_id', '=', userId).where('memory_id', '=', memoryId).execute()
  if (postings.size === 0) return
  // Two arrays instead of rows: PostgreSQL allows 65,535 parameters, and a long memory has more.
  await trx.insertInto('memory_postings').columns(['user_id', 'term', 'memory_id', 'weight']).expression(
    trx.selectNoFrom([sql<string>`${userId}::text`.as('user_id'), sql<string>`unnest(${[...postings.keys()]}::text[])`.as('term'),
      sql<string>`${memoryId}::text`.as('memory_id'), sql<number>`unnest(${[...postings.values()]}::real[])`.as('weight')])
  ).execute()
}

export interface Hit { memory_id: string, score: number, terms: string[] }
export interface SearchFilter { agent_name?: string | undefined, type?: string | undefined, tags?: string[] | undefined, session_id?: string | undefined }

/** BM25 (Robertson & Zaragoza 2009): how soon a repeated term stops counting, and how much length counts. */
const K1 = 1.2
const B = 0.75

/**
 * The best `limit` memories for the terms, any of which suffices, by BM25 over this user's memories alone: nothing of another owner is read
 * or counted. Filters come before the ranking. Ties: the later changed first, then by id.
 */
export async function searchPostings (db: Db, userId: string, terms: ReadonlyArray<{ term: string, weight: number }>, filter: SearchFilter, limit: number): Promise<Hit[]> {
  const { rows } = await sql<Hit>`
    with corpus as (
      select count(*)::double precision as documents, greatest(avg(search_length), 1)::double precision as mean_length
        from memories where user_id = ${userId} and (expires_at is null or expires_at > now())
    ), asked as (
      select * from unnest(${terms.map(({ term }) => term)}::text[], ${terms.map(({ weight }) => weight)}::double precision[]) as a(term, weight)
    ), found as (
      select p.term, p.memory_id, p.weight::double precision as frequency, a.weight, count(*) over (partition by p.term) as holders
        from asked a join memory_postings p on p.user_id = ${userId} and p.term = a.term
    )
    select m.memory_id, array_agg(f.term order by f.term) as terms,
        round(sum(f.weight * ln(1 + (greatest(c.documents, f.holders) - f.holders + 0.5) / (f.holders + 0.5))
          * f.frequency * ${K1 + 1}::double precision / (f.frequency + ${K1}::double precision * (1 - ${B}::double precision + ${B}::double precision * m.search_length / c.mean_length)))::numeric, 6)::double precision as score
      from found f join memories m on m.user_id = ${userId} and m.memory_id = f.memory_id cross join corpus c
      where (m.expires_at is null or m.expires_at > now())
        and (${filter.agent_name ?? null}::text is null or m.agent_name = ${filter.agent_name ?? null})
        and (${filter.type ?? null}::text is null or m.type = ${filter.type ?? null})
        and (${filter.session_id ?? null}::text is null or m.session_id = ${filter.session_id ?? null})
        and m.tags @> ${JSON.stringify(filter.tags ?? [])}::jsonb
      group by m.memory_id, m.updated_at
      order by score desc, m.updated_at desc, m.memory_id desc
      limit ${limit}`.execute(db)
  return rows
}

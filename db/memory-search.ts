import { sql } from 'kysely'
import type { Db } from './connect.ts'

/** How soon more of the same word stops counting, and how much a long document is held against it (Robertson and Zaragoza 2009, §3.4). */
const K1 = 1.2
const B = 0.75

const live = sql<boolean>`(memories.expires_at is null or memories.expires_at > now())`

export interface SearchRequest {
  /** Different terms; any one of them makes a hit. */
  terms: ReadonlyArray<{ term: string, weight: number }>
  agent_name?: string | undefined
  /** All of them. */
  tags?: string[] | undefined
  type?: string | undefined
  limit: number
  /** Characters of each value that are returned. */
  valueLimit: number
}

/**
 * The memories with any of the terms, by BM25, best first; equal scores by last change, then by id.
 * Number of memories, their length and the frequency of terms are the owner's alone (index memory_postings_pkey starts with the owner).
 * `corpus` is materialized, or a database without table statistics (the embedded one gathers none by itself) counts it anew for every hit.
 * The score is rounded, because the last digits differ between machines and builds of PostgreSQL.
 */
export function searchMemories (db: Db, userId: string, { terms, agent_name: agentName, tags, type, limit, valueLimit }: SearchRequest) {
  const asked = sql<{ term: string, weight: number }>`unnest(${terms.map(({ term }) => term)}::text[], ${terms.map(({ weight }) => weight)}::float8[])`
  return db
    .with((cte) => cte('corpus').materialized(), (query) => query.selectFrom('memories').where('user_id', '=', userId).where(live)
      .select([sql<number>`count(*)::float8`.as('memories'), sql<number>`greatest(avg(search_length), 1)`.as('mean_length')]))
    .with('hits', (query) => query.selectFrom(asked.as<'asked'>(sql`asked(term, weight)`))
      .innerJoin('memory_postings', (join) => join.onRef('memory_postings.term', '=', 'asked.term').on('memory_postings.user_id', '=', userId))
      .innerJoin('memories', (join) => join.onRef('memories.memory_id', '=', 'memory_postings.memory_id').on('memories.user_id', '=', userId))
      .where(live)
      .select([
        'memories.memory_id', 'memories.agent_name', 'memories.tags', 'memories.type', 'memories.search_length',
        'asked.term', 'asked.weight', sql<number>`memory_postings.weight::float8`.as('frequency'),
        sql<number>`count(*) over (partition by asked.term)`.as('holders')
      ]))
    .with('ranked', (query) => query.selectFrom('hits').innerJoin('corpus', (join) => join.onTrue())
      .$if(agentName !== undefined, (filtered) => filtered.where('hits.agent_name', '=', agentName!))
      .$if(tags !== undefined && tags.length > 0, (filtered) => filtered.where(sql<boolean>`hits.tags @> ${JSON.stringify(tags)}::jsonb`))
      .$if(type !== undefined, (filtered) => filtered.where('hits.type', '=', type!))
      .groupBy('hits.memory_id')
      .select([
        'hits.memory_id',
        sql<number>`round(sum(hits.weight * ln(1 + (corpus.memories - hits.holders + 0.5) / (hits.holders + 0.5))
          * hits.frequency * (${K1}::float8 + 1) / (hits.frequency + ${K1}::float8 * (1 - ${B}::float8 + ${B}::float8 * hits.search_length / corpus.mean_length))
        )::numeric, 6)::float8`.as('score'),
        sql<string[]>`array_agg(hits.term order by hits.term collate "C")`.as('matched')
      ]))
    .selectFrom('ranked')
    .innerJoin('memories', (join) => join.onRef('memories.memory_id', '=', 'ranked.memory_id').on('memories.user_id', '=', userId))
    .select(['ranked.memory_id', 'ranked.score', 'ranked.matched', 'memories.key', 'memories.agent_name', 'memories.session_id', 'memories.created_at'])
    .select([sql<string>`left(memories.value, ${valueLimit})`.as('value'), sql<number>`length(memories.value)`.as('value_length')])
    .orderBy('ranked.score', 'desc').orderBy('memories.updated_at', 'desc').orderBy('ranked.memory_id')
    .limit(limit).execute()
}

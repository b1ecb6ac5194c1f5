import { type RawBuilder, sql } from 'kysely'
import { isLiveMemory } from './conditions.ts'
import type { Db } from '../connection/connect.ts'

/** Memories that were recalled within this time belonged to the same task. */
const SAME_TASK = sql`interval '5 minutes'`
const MAX_SUGGESTIONS = 5

const recalledTogether = sql<boolean>`coalesce(m.last_accessed_at
  between seed.last_accessed_at - ${SAME_TASK} and seed.last_accessed_at + ${SAME_TASK}, false)`

/**
 * Lists memories that may belong to a memory without being linked to it, best first, at most 5.
 * They share tags, of which rare ones count more, or were recalled at about the same time. These
 * are guesses for the reader: nothing stores them.
 */
export function listSuggestedMemories(db: Db, userId: string, memoryId: string) {
  return db
    .with(
      (cte) => cte('others').materialized(),
      () => unlinkedCandidates(db, userId, memoryId)
    )
    .with(
      (cte) => cte('frequencies').materialized(),
      (query) =>
        query
          .selectFrom('others')
          .innerJoin(
            sql<{ tag: string }>`lateral unnest(others.shared_tags)`.as<'t'>(sql`t(tag)`),
            (join) => join.onTrue()
          )
          .groupBy('t.tag')
          .select(['t.tag', sql<number>`count(*)`.as('document_frequency')])
    )
    .selectFrom('others')
    .select(['memory_id', 'key', 'agent_name', 'shared_tags', 'recalled_together'])
    .select(
      sql<number>`(case when recalled_together then 0.75 else 0 end
      + coalesce((select sum(1 / ln(2 + document_frequency)) from frequencies
        where tag = any(others.shared_tags)), 0))::float8`.as('score')
    )
    .orderBy('score', 'desc')
    .orderBy('key')
    .orderBy('memory_id')
    .limit(MAX_SUGGESTIONS)
    .execute()
}

/** The live memories `m` that share something with the memory `seed` and have no link to it. */
function unlinkedCandidates(db: Db, userId: string, memoryId: string) {
  const sharedTags = sql<string[]>`array(
    select tag from jsonb_array_elements_text(m.tags) as tag where seed.tags ? tag order by tag)`
  return (
    db
      .with('seed', (query) =>
        query
          .selectFrom('memories as m')
          .where('m.user_id', '=', userId)
          .where('m.memory_id', '=', memoryId)
          .select([
            'm.tags',
            'm.last_accessed_at',
            sql<string[]>`array(select jsonb_array_elements_text(m.tags))`.as('tag_list')
          ])
      )
      .selectFrom('memories as m')
      .innerJoin('seed', (join) => join.onTrue())
      .where('m.user_id', '=', userId)
      .where('m.memory_id', '<>', memoryId)
      .where(isLiveMemory('m'))
      // The cheap condition comes before the look-up of links for each memory.
      .where(sql<boolean>`(m.tags ?| seed.tag_list or ${recalledTogether})`)
      .where(hasNoLink(userId, `memory:${memoryId}`))
      .select([
        'm.memory_id',
        'm.key',
        'm.agent_name',
        sharedTags.as('shared_tags'),
        recalledTogether.as('recalled_together')
      ])
  )
}

/** Whether no open link joins the memory `m` and the node, in either direction. */
function hasNoLink(userId: string, nodeId: string): RawBuilder<boolean> {
  return sql<boolean>`not exists (
    select e.edge_id from ${sql.table('graph_edges')} as e
    where e.user_id = ${userId} and e.valid_until is null
      and (e.from_node, e.to_node) in (('memory:' || m.memory_id, ${nodeId}::text),
        (${nodeId}::text, 'memory:' || m.memory_id)))`
}

import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** Two memories recalled within this time were wanted together. */
const TOGETHER = sql`interval '5 minutes'`
const MAX_SUGGESTIONS = 5
const together = sql<boolean>`coalesce(m.last_accessed_at between seed.last_accessed_at - ${TOGETHER} and seed.last_accessed_at + ${TOGETHER}, false)`

/**
 * Memories that may belong to a memory but are not linked to it: they share tags (rare ones count
 * more), or were last recalled at about the same time. Guesses for whoever asks, never noted as
 * facts. Best first, at most 5.
 */
export function listSuggestedMemories(db: Db, userId: string, memoryId: string) {
  return db
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
    .with(
      (cte) => cte('others').materialized(),
      (query) =>
        query
          .selectFrom('memories as m')
          .innerJoin('seed', (join) => join.onTrue())
          .where('m.user_id', '=', userId)
          .where('m.memory_id', '<>', memoryId)
          .where(sql<boolean>`(m.expires_at is null or m.expires_at > now())`)
          .where(sql<boolean>`(m.tags ?| seed.tag_list or ${together})`) // before anything is worked out for each
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('graph_edges as e')
                  .select('e.edge_id')
                  .where('e.user_id', '=', userId)
                  .where('e.valid_until', 'is', null)
                  .where(
                    sql<boolean>`(e.from_node, e.to_node) in (('memory:' || m.memory_id, ${`memory:${memoryId}`}::text), (${`memory:${memoryId}`}::text, 'memory:' || m.memory_id))`
                  )
              )
            )
          )
          .select([
            'm.memory_id',
            'm.key',
            'm.agent_name',
            sql<
              string[]
            >`array(select tag from jsonb_array_elements_text(m.tags) as tag where seed.tags ? tag order by tag)`.as(
              'shared_tags'
            ),
            together.as('recalled_together')
          ])
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
      + coalesce((select sum(1 / ln(2 + document_frequency)) from frequencies where tag = any(others.shared_tags)), 0))::float8`.as(
        'score'
      )
    )
    .orderBy('score', 'desc')
    .orderBy('key')
    .orderBy('memory_id')
    .limit(MAX_SUGGESTIONS)
    .execute()
}

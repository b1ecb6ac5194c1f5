import { sql } from 'kysely'
import type { Trx } from '../connection/connect.ts'
import type { Source } from '../schema/index.ts'

/**
 * What is there under these keys, expired or not; with `lock` kept from other writers until the
 * transaction ends, always in the same order.
 */
export function listStoredMemories(
  trx: Trx,
  userId: string,
  agentName: string,
  keys: string[],
  { lock = false } = {}
) {
  return trx
    .selectFrom('memories')
    .select([
      'memory_id',
      'key',
      'value',
      'tags',
      'type',
      'metadata',
      'session_id',
      'speaker',
      'occurred_at',
      'expires_at',
      'importance'
    ])
    .select(sql<Source>`coalesce(written_by, source)`.as('writer'))
    .select(sql<boolean>`coalesce(expires_at <= now(), false)`.as('expired'))
    .where('user_id', '=', userId)
    .where('agent_name', '=', agentName)
    .where(sql<boolean>`key = any(${keys}::text[])`) // index memories_key
    .orderBy('memory_id')
    .$if(lock, (query) => query.forUpdate())
    .execute()
}

/** Who deleted what was under these keys, the last one of each. */
export function listDeleters(
  trx: Trx,
  userId: string,
  agentName: string,
  keys: string[]
): Promise<Array<{ key: string; source: Source }>> {
  return trx
    .selectFrom('memory_versions')
    .distinctOn('key')
    .select(['key', 'source'])
    .where('deleted', '=', true)
    .where('user_id', '=', userId)
    .where('agent_name', '=', agentName)
    .where(sql<boolean>`key = any(${keys}::text[])`) // index memory_versions_key
    .orderBy('key')
    .orderBy('updated_at', 'desc')
    .execute()
}

export interface ImportedLink {
  from_node: string
  to_node: string
  type: string
}

/** Which of these links there are, or were. */
export async function listKnownLinks(
  trx: Trx,
  userId: string,
  links: ImportedLink[]
): Promise<ImportedLink[]> {
  const given = sql<ImportedLink>`jsonb_to_recordset(${JSON.stringify(links)}::jsonb)`
  return trx
    .selectFrom(given.as<'given'>(sql`given(from_node text, to_node text, type text)`))
    .select(['given.from_node', 'given.to_node', 'given.type'])
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('graph_edges as e')
          .select('e.edge_id')
          .where('e.user_id', '=', userId)
          .whereRef('e.from_node', '=', 'given.from_node')
          .whereRef('e.to_node', '=', 'given.to_node')
          .whereRef('e.type', '=', 'given.type')
      )
    ) // index graph_edges_from
    .execute()
}

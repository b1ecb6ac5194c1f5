import { sql } from 'kysely'
import { contentColumns } from './columns.ts'
import { hasExpired } from './conditions.ts'
import { isOneOf } from '../connection/conditions.ts'
import type { Trx } from '../connection/connect.ts'
import { rowWriter } from '../connection/writers.ts'
import type { Source } from '../schema/index.ts'

/**
 * Lists the memories under these keys, expired ones included. `lock` keeps other writers out until
 * the transaction ends; the rows are locked in the order of their ids to avoid deadlocks.
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
    .select(['memory_id', 'version', 'key', ...contentColumns, 'expires_at', 'pinned_at'])
    .select([rowWriter.as('writer'), hasExpired.as('expired')])
    .where('user_id', '=', userId)
    .where('agent_name', '=', agentName)
    .where(isOneOf('key', keys)) // index memories_key
    .orderBy('memory_id')
    .$if(lock, (query) => query.forUpdate())
    .execute()
}

/** Lists who last deleted a memory under each of these keys. */
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
    .where(isOneOf('key', keys)) // index memory_versions_key
    .orderBy('key')
    .orderBy('updated_at', 'desc')
    .execute()
}

export interface ImportedLink {
  from_node: string
  to_node: string
  type: string
}

/** Lists those of the links that exist or existed before (index graph_edges_from). */
export async function listKnownLinks(
  trx: Trx,
  userId: string,
  links: ImportedLink[]
): Promise<ImportedLink[]> {
  const linkRows = sql<ImportedLink>`jsonb_to_recordset(${JSON.stringify(links)}::jsonb)`
  return trx
    .selectFrom(linkRows.as<'link'>(sql`link(from_node text, to_node text, type text)`))
    .select(['link.from_node', 'link.to_node', 'link.type'])
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('graph_edges as edge')
          .select('edge.edge_id')
          .where('edge.user_id', '=', userId)
          .whereRef('edge.from_node', '=', 'link.from_node')
          .whereRef('edge.to_node', '=', 'link.to_node')
          .whereRef('edge.type', '=', 'link.type')
      )
    )
    .execute()
}

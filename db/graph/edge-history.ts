import { type RawBuilder, sql } from 'kysely'
import { linkColumns } from './columns.ts'
import { nodeById } from './node-lookup.ts'
import { isOneOf } from '../connection/conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import {
  clockTime,
  isWrittenBy,
  isWrittenSince,
  rowWriter,
  type WriterFilter
} from '../connection/writers.ts'
import type { Source } from '../schema/index.ts'

const stateColumns = ['edge_id', 'version', 'from_node', 'to_node', 'type', 'valid_until'] as const
const writtenAt = sql<Date>`coalesce(written_at, created_at)`

/** All states of the user's links, present and former. */
function edgeStates(db: Db, userId: string) {
  const presentStates = db
    .selectFrom('graph_edges')
    .select(stateColumns)
    .select([
      sql<boolean>`false`.as('deleted'),
      sql<boolean>`true`.as('present'),
      rowWriter.as('writer'),
      writtenAt.as('written')
    ])
    .where('user_id', '=', userId)
  const formerStates = db
    .selectFrom('graph_edge_versions')
    .select(stateColumns)
    .select([
      'deleted',
      sql<boolean>`false`.as('present'),
      rowWriter.as('writer'),
      writtenAt.as('written')
    ])
    .where('user_id', '=', userId)
  return presentStates.unionAll(formerStates).as('states')
}

/**
 * One state of a link. `theirs`: one of the given writers wrote it, since the given time. `from`
 * and `to` are the names of the linked nodes.
 */
export interface EdgeState {
  edge_id: string
  version: number
  type: string
  valid_until: Date | null
  deleted: boolean
  present: boolean
  theirs: boolean
  writer: Source
  written: Date
  from: string
  to: string
}

/**
 * Lists all states of the links that the writers made, changed or ended since then, link by link,
 * the newest state first. It locks the links until the transaction ends.
 */
export async function listTouchedEdges(
  trx: Trx,
  userId: string,
  writerFilter: WriterFilter,
  since: Date
): Promise<EdgeState[]> {
  const edgeIds = await lockTouchedEdges(trx, userId, writerFilter, since)
  return trx
    .selectFrom(edgeStates(trx, userId))
    .innerJoinLateral(nodeById(trx, userId, sql`states.from_node`).as('source_node'), (join) =>
      join.onTrue()
    )
    .innerJoinLateral(nodeById(trx, userId, sql`states.to_node`).as('target_node'), (join) =>
      join.onTrue()
    )
    .select([
      'states.edge_id',
      'states.version',
      'states.type',
      'states.valid_until',
      'deleted',
      'present',
      'writer',
      'written',
      'source_node.name as from',
      'target_node.name as to',
      isWrittenSince(writerFilter, since).as('theirs')
    ])
    .where(isOneOf('states.edge_id', edgeIds))
    .orderBy('states.edge_id')
    .orderBy('states.version', 'desc')
    .execute()
}

async function lockTouchedEdges(
  trx: Trx,
  userId: string,
  writerFilter: WriterFilter,
  since: Date
): Promise<string[]> {
  const touchedEdges = await trx
    .selectFrom(edgeStates(trx, userId))
    .select('edge_id')
    .distinct()
    .where('written', '>=', since)
    .where(isWrittenBy(writerFilter))
    .orderBy('edge_id')
    .execute()
  const edgeIds = touchedEdges.map((edge) => edge.edge_id)
  await trx
    .selectFrom('graph_edges')
    .select('edge_id')
    .where('user_id', '=', userId)
    .where(isOneOf('edge_id', edgeIds))
    .orderBy('edge_id')
    .forUpdate()
    .execute()
  return edgeIds
}

/**
 * Deletes a link so that it can come back. Its last state becomes a version, and a second version
 * records who deleted it, and when.
 */
export async function deleteGraphEdge(
  trx: Trx,
  userId: string,
  edgeId: string,
  source: Source
): Promise<void> {
  const copiedColumns = sql.join(
    ['user_id', 'edge_id', ...linkColumns].map((column) => sql.ref(column))
  )
  await sql`
    with deleted_edge as (
      delete from graph_edges where user_id = ${userId} and edge_id = ${edgeId} returning *)
    insert into graph_edge_versions (${copiedColumns}, version, deleted, written_at, written_by)
    select ${copiedColumns}, version, false, written_at, written_by from deleted_edge
    union all
    select ${copiedColumns}, version + 1, true, clock_timestamp(), ${JSON.stringify(source)}::jsonb
    from deleted_edge`.execute(trx)
}

/** Whether `former` would be open again where another link is open now. */
function conflictsWithOpenEdge(userId: string): RawBuilder<boolean> {
  return sql<boolean>`(former.valid_until is null and exists (
    select from graph_edges as open_edge
    where open_edge.user_id = ${userId} and open_edge.edge_id <> former.edge_id
      and open_edge.from_node = former.from_node and open_edge.to_node = former.to_node
      and open_edge.type = former.type and open_edge.valid_until is null))`
}

/**
 * Replaces the link's present state by a former one. Returns false if another link is open in its
 * place.
 */
export async function revertGraphEdge(
  trx: Trx,
  userId: string,
  edgeId: string,
  version: number,
  source: Source
): Promise<boolean> {
  const revertedEdge = await trx
    .updateTable('graph_edges')
    .from('graph_edge_versions as former')
    .set({
      ...Object.fromEntries(linkColumns.map((column) => [column, sql.ref(`former.${column}`)])),
      written_at: clockTime,
      written_by: JSON.stringify(source)
    })
    .where('graph_edges.user_id', '=', userId)
    .where('graph_edges.edge_id', '=', edgeId)
    .where('former.user_id', '=', userId)
    .where('former.edge_id', '=', edgeId)
    .where('former.version', '=', version)
    .where(({ not }) => not(conflictsWithOpenEdge(userId)))
    .returning('graph_edges.edge_id')
    .executeTakeFirst()
  return revertedEdge !== undefined
}

/**
 * Brings a deleted link back as it was in a version. Returns false if another link is open in its
 * place. `last` is the number of its last version.
 */
export async function reviveGraphEdge(
  trx: Trx,
  userId: string,
  edgeId: string,
  { version, last, source }: { version: number; last: number; source: Source }
): Promise<boolean> {
  const copiedColumns = ['user_id', 'edge_id', ...linkColumns] as const
  const revivedEdge = await trx
    .insertInto('graph_edges')
    .columns([...copiedColumns, 'version', 'written_at', 'written_by'])
    .expression((query) =>
      query
        .selectFrom('graph_edge_versions as former')
        .select(copiedColumns)
        .select([
          sql<number>`${last + 1}::integer`.as('version'),
          clockTime.as('written_at'),
          sql<any>`${JSON.stringify(source)}::jsonb`.as('written_by')
        ])
        .where('user_id', '=', userId)
        .where('edge_id', '=', edgeId)
        .where('version', '=', version)
        .where(({ not }) => not(conflictsWithOpenEdge(userId)))
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('edge_id')
    .executeTakeFirst()
  return revivedEdge !== undefined
}

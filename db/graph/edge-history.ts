import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { Source } from '../schema/index.ts'

const columns = ['edge_id', 'version', 'from_node', 'to_node', 'type', 'valid_until'] as const
/** What a link says, apart from which one it is. */
const content = [
  'from_node',
  'to_node',
  'type',
  'weight',
  'valid_from',
  'valid_until',
  'source',
  'created_at'
] as const
const clock = sql<Date>`clock_timestamp()`
const writer = sql<Source>`coalesce(written_by, source)`
const written = sql<Date>`coalesce(written_at, created_at)`

/** All states of the user's links, present and former. */
function states(db: Db, userId: string) {
  const present = db
    .selectFrom('graph_edges')
    .select(columns)
    .select([
      sql<boolean>`false`.as('deleted'),
      sql<boolean>`true`.as('present'),
      writer.as('writer'),
      written.as('written')
    ])
    .where('user_id', '=', userId)
  const former = db
    .selectFrom('graph_edge_versions')
    .select(columns)
    .select([
      'deleted',
      sql<boolean>`false`.as('present'),
      writer.as('writer'),
      written.as('written')
    ])
    .where('user_id', '=', userId)
  return present.unionAll(former).as('states')
}

interface WrittenBy {
  client_id?: string
  grant_id?: string
  key_id?: string
  name?: string
}

function by(wanted: WrittenBy) {
  return sql<boolean>`(${sql.join(
    Object.entries(wanted).map(([name, value]) => sql`writer ->> ${name}::text = ${value}`),
    sql` or `
  )})`
}

/**
 * One state of a link. `theirs`: written by those since then. `from`, `to`: the names of what it
 * links.
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
 * All states of the links that they made, changed or ended since then, by link, the newest first.
 * The links cannot change until the transaction ends.
 */
export async function listTouchedEdges(
  trx: Trx,
  userId: string,
  wanted: WrittenBy,
  since: Date
): Promise<EdgeState[]> {
  const touched = await trx
    .selectFrom(states(trx, userId))
    .select('edge_id')
    .distinct()
    .where('written', '>=', since)
    .where(by(wanted))
    .orderBy('edge_id')
    .execute()
  const ids = touched.map(({ edge_id: id }) => id)
  await trx
    .selectFrom('graph_edges')
    .select('edge_id')
    .where('user_id', '=', userId)
    .where(sql<boolean>`edge_id = any(${ids}::text[])`)
    .orderBy('edge_id')
    .forUpdate()
    .execute()
  return trx
    .selectFrom(states(trx, userId))
    .innerJoin('graph_nodes as one', (join) =>
      join.onRef('one.node_id', '=', 'states.from_node').on('one.user_id', '=', userId)
    )
    .innerJoin('graph_nodes as other', (join) =>
      join.onRef('other.node_id', '=', 'states.to_node').on('other.user_id', '=', userId)
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
      'one.name as from',
      'other.name as to',
      sql<boolean>`coalesce(written >= ${since}::timestamptz and ${by(wanted)}, false)`.as('theirs')
    ])
    .where(sql<boolean>`states.edge_id = any(${ids}::text[])`)
    .orderBy('states.edge_id')
    .orderBy('states.version', 'desc')
    .execute()
}

/**
 * Takes a link away, so that it can be brought back: its last state becomes a version, and a row
 * says who took it and when.
 */
export async function deleteGraphEdge(
  trx: Trx,
  userId: string,
  edgeId: string,
  source: Source
): Promise<void> {
  const same = sql.join(['user_id', 'edge_id', ...content].map((column) => sql.ref(column)))
  await sql`with gone as (delete from graph_edges where user_id = ${userId} and edge_id = ${edgeId} returning *)
    insert into graph_edge_versions (${same}, version, deleted, written_at, written_by)
    select ${same}, version, false, written_at, written_by from gone
    union all select ${same}, version + 1, true, clock_timestamp(), ${JSON.stringify(source)}::jsonb from gone`.execute(
    trx
  )
}

/** Another link that is open now stands where this one would be open again. */
const taken = (
  userId: string
) => sql<boolean>`(former.valid_until is null and exists (select from graph_edges as o where o.user_id = ${userId} and o.edge_id <> former.edge_id
  and o.from_node = former.from_node and o.to_node = former.to_node and o.type = former.type and o.valid_until is null))`

/**
 * Puts a former state in place of what the link is now; false when another one is open in its
 * place.
 */
export async function revertGraphEdge(
  trx: Trx,
  userId: string,
  edgeId: string,
  version: number,
  source: Source
): Promise<boolean> {
  const reverted = await trx
    .updateTable('graph_edges')
    .from('graph_edge_versions as former')
    .set({
      ...Object.fromEntries(content.map((column) => [column, sql.ref(`former.${column}`)])),
      written_at: clock,
      written_by: JSON.stringify(source)
    })
    .where('graph_edges.user_id', '=', userId)
    .where('graph_edges.edge_id', '=', edgeId)
    .where('former.user_id', '=', userId)
    .where('former.edge_id', '=', edgeId)
    .where('former.version', '=', version)
    .where(({ not }) => not(taken(userId)))
    .returning('graph_edges.edge_id')
    .executeTakeFirst()
  return reverted !== undefined
}

/**
 * Brings a link back that was taken away, as it was in a version; false when another one is open in
 * its place.
 */
export async function reviveGraphEdge(
  trx: Trx,
  userId: string,
  edgeId: string,
  { version, last, source }: { version: number; last: number; source: Source }
): Promise<boolean> {
  const same = ['user_id', 'edge_id', ...content] as const
  const revived = await trx
    .insertInto('graph_edges')
    .columns([...same, 'version', 'written_at', 'written_by'])
    .expression((query) =>
      query
        .selectFrom('graph_edge_versions as former')
        .select(same)
        .select([
          sql<number>`${last + 1}::integer`.as('version'),
          clock.as('written_at'),
          sql<any>`${JSON.stringify(source)}::jsonb`.as('written_by')
        ])
        .where('user_id', '=', userId)
        .where('edge_id', '=', edgeId)
        .where('version', '=', version)
        .where(({ not }) => not(taken(userId)))
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('edge_id')
    .executeTakeFirst()
  return revived !== undefined
}

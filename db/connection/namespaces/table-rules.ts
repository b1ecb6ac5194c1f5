import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../schema/index.ts'

/** A caller that is bound to some namespaces of one user's memories. */
export interface BoundOwner {
  user_id: string
  namespaces: readonly string[]
}

/**
 * How a bound caller sees a table.
 * - `open`: as a whole. Its rows belong to no namespace, or hold no content.
 * - `rows`: whether the row, named `row`, is one of its namespaces.
 * - `relation`: another query in place of the table.
 */
export type TableRule =
  | { kind: 'open' }
  | { kind: 'rows'; condition: (owner: BoundOwner, row: string) => RawBuilder<boolean> }
  | { kind: 'relation'; query: (owner: BoundOwner) => RawBuilder<unknown> }

const open: TableRule = { kind: 'open' }

/**
 * Tables that are not here are refused. Which of the open tables of coding, source code and the web
 * a bound caller reaches is a matter of its permissions.
 */
export const tableRules: Partial<Record<keyof Database, TableRule>> = {
  memories: { kind: 'rows', condition: isInNamespaces },
  memory_versions: { kind: 'rows', condition: isInNamespaces },
  memory_postings: { kind: 'rows', condition: isOfOwnMemory },
  memory_vectors: { kind: 'rows', condition: isOfOwnMemory },
  memory_totals: { kind: 'relation', query: ownTotals },
  graph_nodes: { kind: 'rows', condition: isVisibleNode },
  graph_edges: { kind: 'rows', condition: isVisibleEdge },
  users: open,
  memory_usage: open,
  embedding_models: open,
  audit_logs: open,
  capture_sessions: open,
  capture_switches: open,
  coding_sessions: open,
  coding_file_changes: open,
  coding_errors: open,
  coding_decisions: open,
  coding_interactions: open,
  coding_issue_links: open,
  code_projects: open,
  code_files: open,
  code_pieces: open,
  code_postings: open
}

function isInNamespaces({ namespaces }: BoundOwner, row: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(`${row}.agent_name`)} = any(${[...namespaces]}::text[]))`
}

/** By a hash of the owner's memories: see isAmong. */
function isOfOwnMemory(owner: BoundOwner, row: string): RawBuilder<boolean> {
  return sql<boolean>`((${sql.ref(`${row}.memory_no`)} in (
    select own.memory_no from memories as own
    where own.user_id = ${owner.user_id} and ${isInNamespaces(owner, 'own')})) is true)`
}

/** The counters of all memories would tell how many there are elsewhere. */
function ownTotals(owner: BoundOwner): RawBuilder<unknown> {
  return sql`(select own.user_id, 0::bigint as total_no, count(*) as memories,
      coalesce(sum(own.search_length), 0) as length
    from memories as own
    where own.user_id = ${owner.user_id} and ${isInNamespaces(owner, 'own')}
    group by own.user_id)`
}

/** A memory, or another thing that has a link with one. */
function isVisibleNode(owner: BoundOwner, row: string): RawBuilder<boolean> {
  const nodeId = sql.ref(`${row}.node_id`)
  const memoryId = sql.ref(`${row}.memory_id`)
  const isLinked = (near: string, far: string) => sql`exists (
    select from graph_edges as link where link.user_id = ${owner.user_id}
      and ${sql.ref(`link.${near}`)} = ${nodeId} and ${isMemoryNode(owner, sql.ref(`link.${far}`))})`
  return sql<boolean>`(case when ${memoryId} is not null then ${isOwnMemory(owner, memoryId)}
    else ${isLinked('from_node', 'to_node')} or ${isLinked('to_node', 'from_node')} end)`
}

/** A link of one of the memories, unless it leads to a memory elsewhere. */
function isVisibleEdge(owner: BoundOwner, row: string): RawBuilder<boolean> {
  const [from, to] = [sql.ref(`${row}.from_node`), sql.ref(`${row}.to_node`)]
  return sql<boolean>`((${isMemoryNode(owner, from)} or ${isMemoryNode(owner, to)})
    and not ${isForeignNode(owner, from)} and not ${isForeignNode(owner, to)})`
}

function isMemoryNode(owner: BoundOwner, nodeId: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (select from graph_nodes as near
    where near.user_id = ${owner.user_id} and near.node_id = ${nodeId}
      and ${isOwnMemory(owner, sql.ref('near.memory_id'))})`
}

function isForeignNode(owner: BoundOwner, nodeId: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (select from graph_nodes as near
    where near.user_id = ${owner.user_id} and near.node_id = ${nodeId}
      and near.memory_id is not null and not ${isOwnMemory(owner, sql.ref('near.memory_id'))})`
}

function isOwnMemory(owner: BoundOwner, memoryId: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (select from memories as own
    where own.user_id = ${owner.user_id} and own.memory_id = ${memoryId}
      and ${isInNamespaces(owner, 'own')})`
}

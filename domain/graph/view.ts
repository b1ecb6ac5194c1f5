import { revertGraphEdge } from '../../db/graph/edge-history.ts'
import { endGraphEdge, type GraphEdge } from '../../db/graph/edges.ts'
import { listNewestEdges } from '../../db/graph/newest-edges.ts'
import { listGraphNodes } from '../../db/graph/node-lookup.ts'
import type { DataContext } from '../context.ts'
import { findNeighbours } from './neighbours.ts'

/** Nodes of one picture: more cannot be read, and cost too much to place. */
const MAX_NODES = 40
/** Links of one picture: more are lines on lines, and a page above 60 kB. */
const MAX_EDGES = 45
/** The newest links, among which the nodes with most links are chosen. */
const MAX_NEWEST = 150

export interface GraphNodeView {
  node_id: string
  type: string
  name: string
}
export interface GraphView {
  /** The node in the middle; undefined for the newest links. */
  centre?: GraphNodeView | undefined
  nodes: GraphNodeView[]
  edges: GraphEdge[]
  /** Whether there is more than the picture shows. */
  isCut: boolean
}
export interface GraphRequest {
  /** The id of the node in the middle. */
  node?: string | undefined
  depth: number
  type?: string | undefined
}

/**
 * The part of a person's graph that a page shows: what surrounds a node, or the newest links.
 * Throws ToolError if there is no such node.
 */
export function viewGraph(context: DataContext, request: GraphRequest): Promise<GraphView> {
  const { node, ...rest } = request
  return node === undefined ? viewNewest(context, rest.type) : viewAround(context, node, rest)
}

async function viewAround(
  context: DataContext,
  reference: string,
  { depth, type }: Omit<GraphRequest, 'node'>
): Promise<GraphView> {
  const { node, neighbours, edges } = await findNeighbours(context, { reference, depth, type })
  const centre = { node_id: node.node_id, type: node.type, name: node.name }
  const nearest = neighbours.slice(0, MAX_NODES - 1).map(toNodeView)
  const nodes = [centre, ...nearest]
  const drawn = among(nodes, edges)
  const isCut = neighbours.length > nearest.length || drawn.length > MAX_EDGES
  return { centre, nodes, edges: drawn.slice(0, MAX_EDGES), isCut }
}

async function viewNewest(
  { db, principal: { user_id: userId } }: DataContext,
  type: string | undefined
): Promise<GraphView> {
  const edges = await listNewestEdges(db, userId, { type, limit: MAX_NEWEST })
  const linkCounts = new Map<string, number>()
  for (const { from_node: from, to_node: to } of edges) {
    for (const id of [from, to]) linkCounts.set(id, (linkCounts.get(id) ?? 0) + 1)
  }
  const nodeRows = await listGraphNodes(db, userId, [...linkCounts.keys()])
  const nodes = nodeRows
    .toSorted((a, b) => linkCounts.get(b.node_id)! - linkCounts.get(a.node_id)!)
    .slice(0, MAX_NODES)
    .map(toNodeView)
  const drawn = among(nodes, edges)
  const isCut =
    nodeRows.length > MAX_NODES || edges.length === MAX_NEWEST || drawn.length > MAX_EDGES
  return { nodes, edges: drawn.slice(0, MAX_EDGES), isCut }
}

function toNodeView({
  node_id: nodeId,
  type,
  name,
  key
}: GraphNodeView & { key: string | null }): GraphNodeView {
  return { node_id: nodeId, type, name: key ?? name }
}

function among(nodes: GraphNodeView[], edges: GraphEdge[]): GraphEdge[] {
  const nodeIds = new Set(nodes.map((node) => node.node_id))
  return edges.filter(({ from_node: from, to_node: to }) => nodeIds.has(from) && nodeIds.has(to))
}

/**
 * Ends a link by its id, and returns it; undefined if it is not open. `version` of the answer minus
 * one is the state that reopenLink takes.
 */
export function endLink(
  { db, principal }: DataContext,
  edgeId: string
): Promise<GraphEdge | undefined> {
  return db
    .transaction()
    .execute((trx) => endGraphEdge(trx, principal.user_id, edgeId, principal.source))
}

/**
 * Takes the end of a link back. Returns false if it changed since, or if another link is open in
 * its place.
 */
export function reopenLink(
  { db, principal }: DataContext,
  edgeId: string,
  version: number
): Promise<boolean> {
  return db
    .transaction()
    .execute((trx) => revertGraphEdge(trx, principal.user_id, edgeId, version, principal.source))
}

import { NamespaceLimitError } from '../../db/connection/namespaces/index.ts'
import { endGraphEdges, upsertGraphEdge } from '../../db/graph/edges.ts'
import { insertGraphNodes } from '../../db/graph/nodes.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { DataContext } from '../context.ts'
import { parseInstant } from '../time/instant.ts'
import { zoneFor } from '../time/person.ts'
import { type NodeSummary, type ResolvedNode, resolveNode } from './nodes.ts'

/** Two things by their references; keys are looked up in the namespace `agent_name`. */
export interface LinkEnds {
  from: string
  to: string
  agent_name?: string | undefined
}

export interface LinkRequest extends LinkEnds {
  type: string
  /** How strong the link is, 0 to 1. */
  weight: number
  /** ISO 8601 times; without an offset in the person's zone. */
  valid_from?: string | undefined
  valid_until?: string | undefined
}

export interface LinkedNodes {
  from: NodeSummary
  to: NodeSummary
}

/**
 * Links two things and inserts nodes that are new. An open link of the same type gets the new
 * weight instead. Throws ToolError.
 */
export async function linkNodes(
  context: DataContext,
  request: LinkRequest
): Promise<LinkedNodes & { created: boolean }> {
  const { db, principal } = context
  const [fromNode, toNode] = await resolveEnds(context, request, { make: true })
  if (fromNode.node.node_id === toNode.node.node_id) {
    throw new ToolError('from and to are the same thing. Link two different ones.')
  }
  const validity = await readValidity(context, request)
  const { created } = await db
    .transaction()
    .execute(async (trx) => {
      await insertGraphNodes(trx, principal.user_id, [fromNode.node, toNode.node])
      const edge = {
        from_node: fromNode.node.node_id,
        to_node: toNode.node.node_id,
        type: request.type,
        weight: request.weight,
        ...validity
      }
      return upsertGraphEdge(trx, principal.user_id, edge, principal.source)
    })
    .catch(refuseForeignLink)
  return { from: fromNode.summary, to: toNode.summary, created }
}

/** Words the refusal for a caller that is bound to namespaces. */
function refuseForeignLink(error: unknown): never {
  if (!(error instanceof NamespaceLimitError)) throw error
  throw new ToolError(
    'This app may only link the memories of its namespaces, with each other or with things. ' +
      'Give the key of such a memory as from or to.'
  )
}

/**
 * Ends the open links between two things in both directions, of one type or of all. Returns how
 * many ended. They stay in the history. Throws ToolError.
 */
export async function unlinkNodes(
  context: DataContext,
  { type, ...ends }: LinkEnds & { type?: string | undefined }
): Promise<LinkedNodes & { ended: number }> {
  const { db, principal } = context
  const [fromNode, toNode] = await resolveEnds(context, ends)
  const endedEdges = await endGraphEdges(
    db,
    principal.user_id,
    [fromNode.node.node_id, toNode.node.node_id],
    principal.source,
    type
  )
  return { from: fromNode.summary, to: toNode.summary, ended: endedEdges.length }
}

function resolveEnds(
  { db, principal }: DataContext,
  { from, to, agent_name: agentName }: LinkEnds,
  options: { make?: boolean } = {}
): Promise<[ResolvedNode, ResolvedNode]> {
  const nodeOptions = { ...options, ...(agentName !== undefined && { agentName }) }
  return Promise.all([
    resolveNode(db, principal.user_id, from, nodeOptions),
    resolveNode(db, principal.user_id, to, nodeOptions)
  ])
}

/** A link that has ended and has no start held since ever: its start must precede its end. */
async function readValidity(
  { db, principal }: DataContext,
  { valid_from: validFrom = '', valid_until: validUntil = '' }: LinkRequest
): Promise<{ valid_from: Date | undefined; valid_until: Date | undefined }> {
  const zone = validFrom || validUntil ? await zoneFor(db, principal.user_id) : undefined
  const startTime = parseInstant('valid_from', validFrom, zone) ?? undefined
  const endTime = parseInstant('valid_until', validUntil, zone) ?? undefined
  if (endTime && endTime <= (startTime ?? new Date(0))) {
    throw new ToolError('valid_until must be after valid_from.')
  }
  return { valid_from: startTime ?? (endTime && new Date(0)), valid_until: endTime }
}

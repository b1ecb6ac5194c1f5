import type { Trx } from '../../../../db/connection/connect.ts'
import { upsertGraphEdge } from '../../../../db/graph/edges.ts'
import { insertGraphNodes } from '../../../../db/graph/nodes.ts'
import {
  type ImportedLink,
  listKnownLinks,
  listStoredMemories
} from '../../../../db/memory/import.ts'
import type { Source } from '../../../../db/schema/index.ts'
import {
  cutText,
  type ForeignLink,
  importNamespace,
  type LinkEnd,
  memoryPlace,
  storableKey
} from './item.ts'

interface LinkImportOptions {
  user_id: string
  agent_name: string
  source: Source
  dry: boolean
  /** Places of memories that the dry run would create. */
  plannedKeys: ReadonlySet<string>
}

interface NodeToLink {
  node_id: string
  type: string
  name: string
  memory_id?: string
}

/** Characters of the name of a thing, and of the type of a link. */
const MAX_NAME_LENGTH = 400
const MAX_TYPE_LENGTH = 64

/** Creates the links that do not exist yet, and counts what happens to each. */
export async function importLinks(trx: Trx, links: ForeignLink[], options: LinkImportOptions) {
  const { user_id: userId, source, dry } = options
  const memoryIds = await findMemoryIds(trx, links, options)
  const resolvedLinks = links.flatMap(({ from, to, type }) => {
    const fromNode = resolveEnd(from, memoryIds, options)
    const toNode = resolveEnd(to, memoryIds, options)
    if (!fromNode || !toNode || fromNode.node_id === toNode.node_id) return []
    const edgeType = storableEdgeType(type)
    const edge = { from_node: fromNode.node_id, to_node: toNode.node_id, type: edgeType }
    return [{ fromNode, toNode, edge }]
  })
  const resolvedEdges = resolvedLinks.map(({ edge }) => edge)
  const knownKeys = new Set((await listKnownLinks(trx, userId, resolvedEdges)).map(linkKey))
  const newLinksByKey = new Map(
    resolvedLinks
      .filter(({ edge }) => !knownKeys.has(linkKey(edge)))
      .map((resolvedLink) => [linkKey(resolvedLink.edge), resolvedLink])
  )
  const newLinks = [...newLinksByKey.values()]
  if (!dry && newLinks.length > 0) {
    const linkedNodes = newLinks.flatMap(({ fromNode, toNode }) => [fromNode, toNode])
    const nodesById = new Map(linkedNodes.map((node) => [node.node_id, node]))
    await insertGraphNodes(trx, userId, [...nodesById.values()])
    for (const { edge } of newLinks) {
      await upsertGraphEdge(trx, userId, { ...edge, weight: 1 }, source)
    }
  }
  return {
    links: newLinks.length,
    links_unchanged: resolvedLinks.length - newLinks.length,
    links_left_out: links.length - resolvedLinks.length
  }
}

/** Finds the ids of all memories at the ends of the links, by namespace and key. */
async function findMemoryIds(
  trx: Trx,
  links: ForeignLink[],
  { user_id: userId, agent_name: agentName }: LinkImportOptions
): Promise<Map<string, string>> {
  const keysByNamespace = new Map<string, Set<string>>()
  for (const end of links.flatMap(({ from, to }) => [from, to])) {
    if (!('key' in end)) continue
    const namespace = importNamespace(end.agent_name, agentName)
    const keys = keysByNamespace.get(namespace) ?? new Set()
    keysByNamespace.set(namespace, keys.add(storableKey(end.key)))
  }
  const memoryIds = new Map<string, string>()
  for (const [namespace, keys] of keysByNamespace) {
    const storedMemories = await listStoredMemories(trx, userId, namespace, [...keys])
    for (const { key, memory_id: memoryId, expired } of storedMemories) {
      if (!expired) memoryIds.set(memoryPlace(namespace, key), memoryId)
    }
  }
  return memoryIds
}

/** Returns undefined for a memory that does not exist. */
function resolveEnd(
  end: LinkEnd,
  memoryIds: ReadonlyMap<string, string>,
  { dry, plannedKeys, agent_name: agentName }: LinkImportOptions
): NodeToLink | undefined {
  if (!('key' in end)) {
    const nodeName = end.name.trim()
    return {
      node_id: `${end.type}:${cutText(nodeName.toLowerCase(), MAX_NAME_LENGTH)}`,
      type: end.type,
      name: cutText(nodeName, MAX_NAME_LENGTH)
    }
  }
  const memoryKey = storableKey(end.key)
  const place = memoryPlace(importNamespace(end.agent_name, agentName), memoryKey)
  const plannedId = dry && plannedKeys.has(place) ? `new ${place}` : undefined
  const memoryId = memoryIds.get(place) ?? plannedId
  if (memoryId === undefined) return undefined
  return { node_id: `memory:${memoryId}`, type: 'memory', name: memoryKey, memory_id: memoryId }
}

function linkKey({ from_node: fromNode, to_node: toNode, type }: ImportedLink): string {
  return JSON.stringify([fromNode, toNode, type])
}

/** The type in the form of our own types: works_at for "works at". */
function storableEdgeType(type: string): string {
  const edgeType = type
    .replaceAll('\0', '')
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  return cutText(edgeType, MAX_TYPE_LENGTH) || 'related_to'
}

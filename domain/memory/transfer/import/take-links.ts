import type { Trx } from '../../../../db/connection/connect.ts'
import { upsertGraphEdge } from '../../../../db/graph/edges.ts'
import { insertGraphNodes } from '../../../../db/graph/nodes.ts'
import {
  type ImportedLink,
  listKnownLinks,
  listStoredMemories
} from '../../../../db/memory/import.ts'
import type { Source } from '../../../../db/schema/index.ts'
import { cutText, type LinkEnd, storableKey, type ForeignLink } from './item.ts'

interface TakingLinks {
  user_id: string
  agent_name: string
  source: Source
  dry: boolean
  /** Keys that the dry run would create. */
  would: ReadonlySet<string>
}

/** Draws links that are not there yet between what they name, and counts what became of each. */
export async function importLinks(
  trx: Trx,
  links: ForeignLink[],
  { user_id: userId, agent_name: agentName, source, dry, would }: TakingLinks
) {
  const keys = links
    .flatMap(({ from, to }) => [from, to])
    .flatMap((end) => ('key' in end ? storableKey(end.key) : []))
  const ids = new Map(
    (await listStoredMemories(trx, userId, agentName, [...new Set(keys)]))
      .filter(({ expired }) => !expired)
      .map(({ key, memory_id: id }) => [key, id])
  )
  const nodeOf = (end: LinkEnd) => {
    if (!('key' in end)) {
      return {
        node_id: `${end.type}:${cutText(end.name.trim().toLowerCase(), 400)}`,
        type: end.type,
        name: cutText(end.name.trim(), 400)
      }
    }
    const key = storableKey(end.key)
    const id = ids.get(key) ?? (dry && would.has(key) ? `new ${key}` : undefined)
    return id === undefined
      ? undefined
      : { node_id: `memory:${id}`, type: 'memory', name: key, memory_id: id }
  }
  const resolved = links.flatMap(({ from, to, type }) => {
    const [one, other] = [nodeOf(from), nodeOf(to)]
    return one && other && one.node_id !== other.node_id
      ? [
          {
            one,
            other,
            edge: { from_node: one.node_id, to_node: other.node_id, type: edgeTypeOf(type) }
          }
        ]
      : []
  })
  const name = ({ from_node: one, to_node: other, type }: ImportedLink) =>
    JSON.stringify([one, other, type])
  const known = new Set(
    (
      await listKnownLinks(
        trx,
        userId,
        resolved.map(({ edge }) => edge)
      )
    ).map(name)
  )
  const coming = [
    ...new Map(
      resolved.filter(({ edge }) => !known.has(name(edge))).map((one) => [name(one.edge), one])
    ).values()
  ]
  if (!dry && coming.length > 0) {
    const nodes = new Map(
      coming.flatMap(({ one, other }) => [one, other]).map((node) => [node.node_id, node])
    )
    await insertGraphNodes(trx, userId, [...nodes.values()])
    for (const { edge } of coming) {
      await upsertGraphEdge(trx, userId, { ...edge, weight: 1 }, source)
    }
  }
  return {
    links: coming.length,
    links_unchanged: resolved.length - coming.length,
    links_left_out: links.length - resolved.length
  }
}

/** The type in its own words, as ours are written: works_at for "works at". */
function edgeTypeOf(type: string): string {
  return (
    cutText(
      type
        .replaceAll('\0', '')
        .trim()
        .toLowerCase()
        .replace(/[\s-]+/g, '_'),
      64
    ) || 'related_to'
  )
}

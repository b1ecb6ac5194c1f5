import type { Db } from '../../db/connection/connect.ts'
import { countNamespaces, listNamespaces } from '../../db/memory/stored-names.ts'
import { foldName } from '../../lib/names.ts'

/** Limits: namespaces compared, and memories counted in each. */
const MAX_COMPARED = 1000
const MAX_COUNTED = 1000
/** Similar namespaces listed in one hint. */
const MAX_SIMILAR = 3

/**
 * Lists other namespaces that are easily confused with this one, with their number of memories.
 * They differ only in case, blanks, `_` or `-`. Empty namespaces are left out.
 */
export async function listSimilarNamespaces(
  db: Db,
  userId: string,
  agentName: string
): Promise<Array<{ agent_name: string; memories: number }>> {
  const targetFold = foldName(agentName)
  const similarNames = (await listNamespaces(db, userId, MAX_COMPARED))
    .filter((namespace) => namespace !== agentName && foldName(namespace) === targetFold)
    .slice(0, MAX_SIMILAR)
  if (similarNames.length === 0) return []
  const memoryCounts = await countNamespaces(db, userId, similarNames, MAX_COUNTED)
  return similarNames
    .map((namespace) => ({ agent_name: namespace, memories: memoryCounts.get(namespace) ?? 0 }))
    .filter(({ memories }) => memories > 0)
}

/** A sentence that points to similar namespaces; empty without any. */
export async function similarNamespaceHint(
  db: Db,
  userId: string,
  agentName: string
): Promise<string> {
  const similarNamespaces = await listSimilarNamespaces(db, userId, agentName)
  if (similarNamespaces.length === 0) return ''
  const namespaceTexts = similarNamespaces.map(({ agent_name: namespace, memories }) => {
    const memoryCount = `${memories}${memories === MAX_COUNTED ? ' or more' : ''}`
    return `"${namespace}" (${memoryCount} ${memories === 1 ? 'memory' : 'memories'})`
  })
  return (
    `Namespace "${agentName}" differs from ${namespaceTexts.join(', ')}. ` +
    'If you mean that one, give its exact name.'
  )
}

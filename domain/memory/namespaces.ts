import type { Db } from '../../db/connection/connect.ts'
import { countNamespaces, listNamespaces } from '../../db/memory/stored-names.ts'
import { foldedName } from '../../lib/names.ts'

/** Namespaces that are compared, and memories that are counted in each. */
const MAX_COMPARED = 1000
const MAX_COUNTED = 1000
/** Namespaces that a sentence names. */
const MAX_NAMED = 3

/**
 * Other namespaces that a person would take for this one: they differ in case, blanks, `_` or `-`
 * only.
 */
export async function listSimilarNamespaces(
  db: Db,
  userId: string,
  agentName: string
): Promise<Array<{ agent_name: string; memories: number }>> {
  const folded = foldedName(agentName)
  const similar = (await listNamespaces(db, userId, MAX_COMPARED))
    .filter((name) => name !== agentName && foldedName(name) === folded)
    .slice(0, MAX_NAMED)
  if (similar.length === 0) return []
  const counts = await countNamespaces(db, userId, similar, MAX_COUNTED)
  return similar
    .map((name) => ({ agent_name: name, memories: counts.get(name) ?? 0 }))
    .filter(({ memories }) => memories > 0)
}

/** The same as a sentence that says what to do; an empty text when there is none. */
export async function similarNamespaceHint(
  db: Db,
  userId: string,
  agentName: string
): Promise<string> {
  const similar = await listSimilarNamespaces(db, userId, agentName)
  if (similar.length === 0) return ''
  const names = similar.map(
    ({ agent_name: name, memories }) =>
      `"${name}" (${memories}${memories === MAX_COUNTED ? ' or more' : ''} ${memories === 1 ? 'memory' : 'memories'})`
  )
  return `Namespace "${agentName}" is another one than ${names.join(', ')}: give that name exactly if you mean it.`
}

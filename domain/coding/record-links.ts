import type { CodingSession } from '../../db/coding/sessions.ts'
import type { Trx } from '../../db/connection/connect.ts'
import { upsertGraphEdge } from '../../db/graph/edges.ts'
import { insertGraphNodes } from '../../db/graph/nodes.ts'
import type { Writer } from '../memory/write.ts'

/** How a session relates to its record, in the graph. */
export type RecordRelation = 'includes' | 'encountered' | 'made' | 'addresses'

/** Files of one record that are linked to it. */
const MAX_FILES = 20
/** Characters of a file's name in the graph: the graph tools take no longer names. */
const MAX_FILE_NAME = 390

/** Links a record's memory in the graph to its session, and to the files that it affects. */
export async function linkRecord(
  trx: Trx,
  writer: Writer,
  session: Pick<CodingSession, 'project_id' | 'session_id'>,
  record: { key: string; memory_id: string; relation: RecordRelation; files: string[] }
): Promise<void> {
  const memoryNode = {
    node_id: `memory:${record.memory_id}`,
    type: 'memory',
    name: record.key,
    memory_id: record.memory_id
  }
  const sessionNode = {
    node_id: `session:${session.session_id}`,
    type: 'session',
    name: session.session_id
  }
  const fileNodes = fileNodesOf(session.project_id, record.files.slice(0, MAX_FILES))
  await insertGraphNodes(trx, writer.user_id, [memoryNode, sessionNode, ...fileNodes])
  const linkNodes = (fromNode: string, toNode: string, type: string) =>
    upsertGraphEdge(
      trx,
      writer.user_id,
      { from_node: fromNode, to_node: toNode, type, weight: 1 },
      writer.source
    )
  await linkNodes(sessionNode.node_id, memoryNode.node_id, record.relation)
  for (const fileNode of fileNodes) {
    await linkNodes(memoryNode.node_id, fileNode.node_id, 'affects')
  }
}

/** A node for each file, once; paths that differ only in case are one file. */
function fileNodesOf(projectId: string, paths: string[]) {
  const fileNames = paths
    .map((path) => `${projectId}/${path}`)
    .filter((name) => name.length <= MAX_FILE_NAME)
  const allNodes = fileNames.map((name) => ({
    node_id: `file:${name.toLowerCase()}`,
    type: 'file',
    name
  }))
  return [...new Map(allNodes.map((node) => [node.node_id, node])).values()]
}

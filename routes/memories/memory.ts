import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { listConnectedNodes, listGraphEdges } from '../../db/graph/edges.ts'
import { listHistory } from '../../db/memory/history.ts'
import { findMemory, type Memory } from '../../db/memory/memories.ts'
import { listTruthLinks } from '../../db/memory/relations.ts'
import { findDeletion, type MemoryVersion } from '../../db/memory/versions.ts'
import type { Session } from '../../db/people/sessions.ts'
import { deleteMemories, pinMemories } from '../../domain/memory/changes.ts'
import { RESTORABLE_DAYS } from '../../domain/memory/restore.ts'
import { showValue, type ValueView } from '../../plugins/console/memory-text.ts'
import type {
  MemoryDetails,
  MemoryLink,
  MemoryPages,
  StateRow
} from '../../plugins/console/pages/memories.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'
import { changeNotice } from './change.ts'
import { memoryNotFound, requireMemoryId } from './reference.ts'

const DAY_MS = 86_400_000
/** States and links on the page of a memory. */
const MAX_STATES = 10
const MAX_LINKS = 30

/** GET /memories/{memory_id}, also of a deleted memory; POST /memories/{memory_id}/delete, /pin. */
export function registerMemory(app: FastifyInstance): void {
  app.get<{ Params: { memory_id: string } }>('/:memory_id', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const memoryId = requireMemoryId(request)
    const memory = await findMemory(app.db, session.user_id, { memory_id: memoryId })
    return memory
      ? showMemory(app, request, reply, session, memory)
      : showGone(app, request, reply, session, memoryId)
  })

  app.post<{ Params: { memory_id: string } }>('/:memory_id/delete', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const memoryId = requireMemoryId(request)
    const result = await deleteMemories(app.console.context(session), [memoryId])
    if (result.changes.length === 0) throw memoryNotFound(request)
    const path = `/memories/${encodeURIComponent(memoryId)}`
    const notice = changeNotice(request, result, request.texts.memories.deleted, path)
    return app.console.redirect(reply, session, '/memories', notice)
  })

  app.post<{ Params: { memory_id: string } }>('/:memory_id/pin', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const memoryId = requireMemoryId(request)
    const pinned = formOf(request).get('pinned') === 'yes'
    if (!(await findMemory(app.db, session.user_id, { memory_id: memoryId }))) {
      throw memoryNotFound(request)
    }
    const result = await pinMemories(app.console.context(session), [memoryId], pinned)
    const { memories: texts } = request.texts
    const path = `/memories/${encodeURIComponent(memoryId)}`
    const notice = changeNotice(request, result, pinned ? texts.pinned : texts.unpinned, path)
    return app.console.redirect(reply, session, path, notice)
  })
}

async function showMemory(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  memory: Memory
): Promise<FastifyReply> {
  const query = queryOf(request.url)
  const view = readView(query.get('view'))
  const { memory_id: memoryId } = memory
  const truthLinks = await listTruthLinks(app.db, session.user_id, { ids: [memoryId] })
  const neighbour = ({ by_memory_id: id, key, agent_name }: (typeof truthLinks)[number]) => ({
    memory_id: id,
    key,
    agent_name
  })
  const successor = truthLinks.find(({ type }) => type === 'supersedes')
  const data: MemoryDetails = {
    memory,
    value: showValue(memory.value, view),
    view,
    links: await listLinks(app, session.user_id, memoryId),
    contradicts: truthLinks.filter(({ type }) => type === 'contradicts').map(neighbour),
    ...(successor && { supersededBy: neighbour(successor) }),
    ...(await statesOf(app, request, session.user_id, memoryId))
  }
  return app.console.show(request, reply, session, 'memories/memory', data)
}

function readView(text: string | undefined): ValueView {
  return text === 'raw' || text === 'all' ? text : 'formatted'
}

/** The open links of a memory, heaviest first. */
async function listLinks(
  { db }: FastifyInstance,
  userId: string,
  memoryId: string
): Promise<MemoryLink[]> {
  const nodeId = `memory:${memoryId}`
  const nodes = await listConnectedNodes(db, userId, { node_id: nodeId, depth: 1 })
  if (nodes.length === 0) return []
  const nodeById = new Map(nodes.map((node) => [node.node_id, node]))
  const edges = await listGraphEdges(db, userId, [nodeId, ...nodeById.keys()], {})
  return edges
    .filter(({ from_node: from, to_node: to }) => from === nodeId || to === nodeId)
    .slice(0, MAX_LINKS)
    .flatMap(({ from_node: from, to_node: to, type }) => {
      const isOutgoing = from === nodeId
      const node = nodeById.get(isOutgoing ? to : from)
      if (!node) return []
      const isMemory = node.node_id.startsWith('memory:')
      const href = isMemory
        ? `/memories/${encodeURIComponent(node.node_id.slice('memory:'.length))}`
        : `/graph?node=${encodeURIComponent(node.node_id)}`
      return [{ type, isOutgoing, name: node.key ?? node.name, kind: node.type, href }]
    })
}

/** A page of the states of a memory, newest first. */
async function statesOf(
  { db }: FastifyInstance,
  request: FastifyRequest,
  userId: string,
  memoryId: string
): Promise<{ states: StateRow[]; older?: string }> {
  const offset = Number(/^\d{1,6}$/.exec(queryOf(request.url).get('states') ?? '')?.[0] ?? 0)
  const page = { limit: MAX_STATES + 1, offset, valueLimit: 0 }
  const rows = await listHistory(db, userId, { memory_id: memoryId }, page)
  const older = `/memories/${encodeURIComponent(memoryId)}?states=${offset + MAX_STATES}#states`
  return {
    states: rows.slice(0, MAX_STATES).map(({ version, written, writer, deleted, present }) => ({
      version,
      written,
      app: writer.name,
      isDeletion: deleted,
      isPresent: present
    })),
    ...(rows.length > MAX_STATES && { older })
  }
}

/** Shows that a memory was deleted or has expired. Throws PageError 404. */
async function showGone(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  memoryId: string
): Promise<FastifyReply> {
  const deletion = await findDeletion(app.db, session.user_id, memoryId)
  if (!deletion) throw memoryNotFound(request)
  const { states } = await statesOf(app, request, session.user_id, memoryId)
  const data = { ...goneFacts(deletion), states }
  return app.console.show(request, reply, session, 'memories/gone', data, 410)
}

function goneFacts({
  memory_id,
  key,
  agent_name,
  updated_at: deletedAt,
  source
}: MemoryVersion): Omit<MemoryPages['memories/gone'], 'states'> {
  const restorableUntil = new Date(deletedAt.getTime() + RESTORABLE_DAYS * DAY_MS)
  return {
    memory_id,
    key,
    agent_name,
    deletedAt,
    isExpired: source.kind === 'expiry',
    app: source.name,
    ...(restorableUntil > new Date() && { restorableUntil })
  }
}

import type { FastifyPluginAsync } from 'fastify'
import { findMemory } from '../../db/memory/memories.ts'
import { findDeletion, type MemoryVersion, RESTORABLE_DAYS } from '../../db/memory/versions.ts'
import { PageError } from '../../lib/errors.ts'
import { signInPath } from '../../plugins/auth/index.ts'

const DAY_MS = 86_400_000
/** Ids outside this pattern are not looked up: the database refuses NUL. */
const memoryIdPattern = /^[\w.:-]{1,255}$/

/**
 * Shows a memory to its owner. The tools `search` and `fetch` link here. The memory of another
 * person gets the same answer as an unknown id.
 */
const memoryPage: FastifyPluginAsync = async (app) => {
  app.get('', async (_request, reply) => reply.redirect('/', 303))

  app.get<{ Params: { memory_id: string } }>('/:memory_id', async (request, reply) => {
    const memoryId = request.params.memory_id
    const session = await app.auth.session(request)
    if (!session) {
      const memoryPath = `/memories/${encodeURIComponent(memoryId)}`
      return reply.header('cache-control', 'no-store').redirect(signInPath(memoryPath), 303)
    }
    const signedIn = { user: session, csrf: app.auth.csrf(session) }
    if (!memoryIdPattern.test(memoryId)) throw memoryNotFound()
    const memory = await findMemory(app.db, session.user_id, { memory_id: memoryId })
    if (memory) return reply.page('memory', { ...signedIn, memory })
    const deletion = await findDeletion(app.db, session.user_id, memoryId)
    if (!deletion) throw memoryNotFound()
    return reply.page('memory-deleted', { ...signedIn, ...deletedFacts(deletion) }, 410)
  })
}
export default memoryPage

function deletedFacts({
  key,
  agent_name: namespace,
  updated_at: deletedAt,
  source
}: MemoryVersion) {
  const restorableUntil = new Date(deletedAt.getTime() + RESTORABLE_DAYS * DAY_MS)
  return {
    key,
    namespace,
    deletedAt,
    expired: source.kind === 'expiry',
    by: source.name,
    ...(restorableUntil > new Date() && { restorableUntil })
  }
}

function memoryNotFound(): PageError {
  return new PageError(
    404,
    'Memory not found',
    'There is no memory with this address in your account.',
    {
      reason: 'memory_not_found',
      advice:
        'It may belong to another account, or may have been deleted permanently. If you have' +
        ' several accounts here, sign out and sign in with the one that your assistant uses.',
      link: { href: '/', text: 'Your account' }
    }
  )
}

import type { FastifyPluginAsync } from 'fastify'
import { findMemory } from '../../db/memory/memories.ts'
import { findDeletion, type MemoryVersion, RESTORABLE_DAYS } from '../../db/memory/versions.ts'
import { PageError } from '../../lib/errors.ts'
import { signInPath } from '../../plugins/oauth-server/authorize/sign-in-page.ts'

const DAY_MS = 86_400_000
/** An id that no memory can have is not looked up: the database takes no NUL. */
const memoryIdPattern = /^[\w.:-]{1,255}$/

/**
 * One memory in the browser, for its owner alone. The answers of the tools `search` and `fetch`
 * link here. An id of somebody else is answered like one that never was.
 */
const memories: FastifyPluginAsync = async (app) => {
  app.get('', async (_request, reply) => reply.redirect('/', 303))

  app.get<{ Params: { memory_id: string } }>('/:memory_id', async (request, reply) => {
    const memoryId = request.params.memory_id
    const session = await app.auth.session(request)
    if (!session) {
      const here = `/memories/${encodeURIComponent(memoryId)}`
      return reply.header('cache-control', 'no-store').redirect(signInPath(here), 303)
    }
    const person = { user: session, csrf: app.auth.csrf(session) }
    if (!memoryIdPattern.test(memoryId)) throw notFound()
    const memory = await findMemory(app.db, session.user_id, { memory_id: memoryId })
    if (memory) return reply.page('memory', { ...person, memory })
    const deletion = await findDeletion(app.db, session.user_id, memoryId)
    if (!deletion) throw notFound()
    return reply.page('memory-deleted', { ...person, ...deletedFacts(deletion) }, 410)
  })
}
export default memories

function deletedFacts({
  key,
  agent_name: namespace,
  updated_at: deletedAt,
  source
}: MemoryVersion) {
  const until = new Date(deletedAt.getTime() + RESTORABLE_DAYS * DAY_MS)
  return {
    key,
    namespace,
    deletedAt,
    expired: source.kind === 'expiry',
    by: source.name,
    ...(until > new Date() && { restorableUntil: until })
  }
}

function notFound(): PageError {
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

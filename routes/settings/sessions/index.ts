import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import {
  deleteOtherUserSessions,
  deleteUserSession,
  listUserSessions,
  type Session
} from '../../../db/people/sessions.ts'
import { userAgentNames } from '../../../lib/user-agent.ts'
import { formOf } from '../../../plugins/form-parameters.ts'

const PATH = '/settings/sessions'
/** Browsers that the page lists, the last used first. */
const MAX_LISTED = 50

/** The browsers in which a person is signed in. */
const sessionsPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const userSessions = await listUserSessions(app.db, session.user_id, MAX_LISTED)
    const sessions = userSessions.map(({ session_hash: hash, ...userSession }) => ({
      id: sessionIdOf(app, hash),
      isCurrent: hash === session.session_hash,
      names: userAgentNames(userSession.user_agent),
      address: userSession.ip_address,
      created_at: userSession.created_at,
      last_seen_at: userSession.last_seen_at
    }))
    return app.console.show(request, reply, session, 'settings/sessions', { sessions })
  })

  app.post('/end', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const { settings: texts } = request.texts
    const isEnded = await endSession(app, session, formOf(request).get('session'))
    if (!isEnded) return app.console.redirect(reply, session, PATH, { notice: texts.sessionGone })
    await auditEnd(request, session, 1)
    return app.console.redirect(reply, session, PATH, { notice: texts.sessionEnded })
  })

  app.post('/end-others', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const { user_id: userId, session_hash: sessionHash } = session
    const sessions = await deleteOtherUserSessions(app.db, userId, sessionHash)
    if (sessions > 0) await auditEnd(request, session, sessions)
    const notice = request.texts.settings.othersEnded(sessions)
    return app.console.redirect(reply, session, PATH, { notice })
  })
}
export default sessionsPage

/** Signs out the browser with this id; false if the person has no such browser. */
async function endSession(
  app: FastifyInstance,
  { user_id: userId }: Session,
  sessionId: string | undefined
): Promise<boolean> {
  const userSessions = await listUserSessions(app.db, userId, MAX_LISTED)
  const chosenSession = userSessions.find(
    ({ session_hash: hash }) => sessionIdOf(app, hash) === sessionId
  )
  return chosenSession !== undefined
    ? deleteUserSession(app.db, userId, chosenSession.session_hash)
    : false
}

async function auditEnd(
  request: FastifyRequest,
  { user_id: userId }: Session,
  sessions: number
): Promise<void> {
  await request.audit('user.sessions_ended', { user_id: userId, details: { sessions } })
}

/** Names a session in a form. Nothing can be opened with it, and the digest stays on the server. */
function sessionIdOf({ seal }: FastifyInstance, sessionHash: string): string {
  return seal.derive('session-id', sessionHash).slice(0, 22)
}

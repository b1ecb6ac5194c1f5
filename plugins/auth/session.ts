import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { deleteSession, findSession, issueSession, type Session } from '../../db/sessions.ts'
import type { User } from '../../db/users.ts'
import { PageError } from '../errors.ts'

/** A cookie that no sibling domain can set (RFC 6265bis §4.1.3.2), where https allows the prefix. */
function cookieName (app: FastifyInstance): string {
  return app.publicUrl.startsWith('https:') ? '__Host-kagura_session' : 'kagura_session'
}

/** The signed-in person, or undefined. Two cookies of the name count as none: one of them may have been planted. */
export async function currentSession (app: FastifyInstance, request: FastifyRequest): Promise<Session | undefined> {
  const token = cookieOf(app, request)
  return token === undefined ? undefined : findSession(app.db, token, app.config.SESSION_DAYS)
}

function cookieOf (app: FastifyInstance, request: FastifyRequest): string | undefined {
  const name = cookieName(app)
  const sent = (request.headers.cookie ?? '').split(';').filter((pair) => pair.trim().startsWith(`${name}=`))
  return sent.length === 1 ? request.cookies[name] : undefined
}

/**
 * Starts a new session and ends the one the browser came with, so that no planted session outlives a sign-in. False, and nothing happened,
 * when the password by which the person was proven is not theirs any more.
 */
export async function startSession (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, user: User): Promise<boolean> {
  const days = app.config.SESSION_DAYS
  const token = await issueSession(app.db, user, { days, ip_address: request.ip, user_agent: request.headers['user-agent'] ?? null })
  if (token === undefined) return false
  const former = cookieOf(app, request)
  if (former !== undefined) await deleteSession(app.db, former)
  const secure = app.publicUrl.startsWith('https:')
  reply.setCookie(cookieName(app), token, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: days * 86400 })
  return true
}

export async function endSession (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const token = cookieOf(app, request)
  if (token !== undefined) await deleteSession(app.db, token)
  reply.clearCookie(cookieName(app), { path: '/', httpOnly: true, sameSite: 'lax', secure: app.publicUrl.startsWith('https:') })
}

/** A form must come from one of our own pages: what the browser says of where it was (Fetch Metadata, Origin). Throws PageError 403. */
export function requireSameOrigin (request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site']
  const { origin } = request.headers
  // Our pages send no referrer, so a browser words its own origin as null; the form's signed token decides there.
  const foreignOrigin = origin !== undefined && origin !== 'null' && (!URL.canParse(origin) || new URL(origin).host !== request.host)
  if ((site !== undefined && site !== 'same-origin' && site !== 'none') || foreignOrigin) {
    throw new PageError(403, 'This form came from another site', 'For your safety it was not accepted. Open the page here and try again.', { reason: 'cross_site_form' })
  }
}

/** Where to go after sign-in: a path of ours, given as path and query. Anything else means home. */
export function ownPath (returnTo: string | undefined): string {
  if (returnTo === undefined || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(returnTo)) return '/'
  const base = 'http://own.invalid'
  return URL.canParse(returnTo, base) && new URL(returnTo, base).origin === base ? returnTo : '/'
}

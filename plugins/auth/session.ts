import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { deleteSession, findSession, issueSession, type Session } from '../../db/people/sessions.ts'
import type { User } from '../../db/people/users.ts'
import { PageError } from '../../lib/errors.ts'
import { cookieName, cookieOf } from './cookie.ts'
import { rememberBrowser } from './known-browser.ts'

/** The signed-in person, or undefined. */
export async function currentSession(
  app: FastifyInstance,
  request: FastifyRequest
): Promise<Session | undefined> {
  const token = cookieOf(app, request, 'session')
  return token === undefined ? undefined : findSession(app.db, token, app.config.SESSION_DAYS)
}

/**
 * Starts a new session and ends the one the browser came with, so that no planted session outlives
 * a sign-in. False, and nothing happened, when the password by which the person was proven is not
 * theirs any more.
 */
export async function startSession(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  user: User
): Promise<boolean> {
  const days = app.config.SESSION_DAYS
  const token = await issueSession(app.db, user, {
    days,
    ip_address: request.ip,
    user_agent: request.headers['user-agent'] ?? null
  })
  if (token === undefined) return false
  const former = cookieOf(app, request, 'session')
  if (former !== undefined) await deleteSession(app.db, former)
  const secure = app.publicUrl.startsWith('https:')
  reply.setCookie(cookieName(app, 'session'), token, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    maxAge: days * 86400
  })
  rememberBrowser(app, request, reply, user.user_id)
  return true
}

export async function endSession(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<void> {
  const token = cookieOf(app, request, 'session')
  if (token !== undefined) await deleteSession(app.db, token)
  reply.clearCookie(cookieName(app, 'session'), {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: app.publicUrl.startsWith('https:')
  })
}

/**
 * A form must come from one of our own pages: what the browser says of where it was (Fetch
 * Metadata, Origin). A browser that sends no Fetch Metadata, as to plain http names, has to name
 * our origin: `null` is what a page elsewhere makes of its own by sending no referrer. Throws
 * PageError 403.
 */
export function requireSameOrigin(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site']
  const { origin } = request.headers
  const isOurs = site === 'same-origin' || site === 'none'
  if ((site !== undefined && !isOurs) || !isOwnOrigin(request, origin, isOurs)) {
    throw new PageError(
      403,
      'This form came from another site',
      'For your safety it was not accepted. Open the page here and try again.',
      { reason: 'cross_site_form' }
    )
  }
}

/**
 * `null` only where the browser says itself that the form is ours. Programs send no origin at all.
 */
function isOwnOrigin(
  { host }: FastifyRequest,
  origin: string | undefined,
  isOurs: boolean
): boolean {
  if (origin === undefined) return true
  if (origin === 'null') return isOurs
  return URL.canParse(origin) && new URL(origin).host === host
}

/** Where to go after sign-in: a path of ours, given as path and query. Anything else means home. */
export function ownPath(returnTo: string | undefined): string {
  if (returnTo === undefined || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(returnTo)) return '/'
  const base = 'http://own.invalid'
  return URL.canParse(returnTo, base) && new URL(returnTo, base).origin === base ? returnTo : '/'
}

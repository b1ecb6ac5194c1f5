import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { deleteSession, findSession, issueSession, type Session } from '../../db/people/sessions.ts'
import { touchUser, type User } from '../../db/people/users.ts'
import { acceptedLanguage } from '../../lib/language.ts'
import type { Locale } from '../consent-views/index.ts'
import { cookieAttributes, cookieName, cookieValue } from './cookie.ts'
import { rememberBrowser } from './known-browser.ts'
import { pageFault } from '../error-handler/page-fault.ts'

/** The signed-in person, or undefined. */
export async function currentSession(
  app: FastifyInstance,
  request: FastifyRequest
): Promise<Session | undefined> {
  const sessionToken = cookieValue(app, request, 'session')
  if (sessionToken === undefined) return undefined
  const session = await findSession(app.db, sessionToken, app.config.SESSION_DAYS)
  if (session) request.locale = localeOf(request, session)
  return session
}

/** What the person has set; the language that the browser asks for if they have set none. */
function localeOf({ headers }: FastifyRequest, { language, timezone }: Session): Locale {
  return {
    language: language ?? acceptedLanguage(headers['accept-language']),
    timezone: timezone ?? 'UTC'
  }
}

/**
 * Starts a new session and ends the one the browser came with, so that no planted session outlives
 * a sign-in. Returns false, and does nothing, when the person's password was changed since it was
 * checked.
 */
export async function startSession(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  user: User
): Promise<boolean> {
  const { SESSION_DAYS: sessionDays } = app.config
  const sessionToken = await issueSession(app.db, user, {
    days: sessionDays,
    ip_address: request.ip,
    user_agent: request.headers['user-agent'] ?? null
  })
  if (sessionToken === undefined) return false
  const formerToken = cookieValue(app, request, 'session')
  if (formerToken !== undefined) await deleteSession(app.db, formerToken)
  reply.setCookie(cookieName(app, 'session'), sessionToken, {
    ...cookieAttributes(app),
    maxAge: sessionDays * 86400
  })
  rememberBrowser(app, request, reply, user.user_id)
  await touchUser(app.db, user.user_id)
  return true
}

/** Ends the session of this browser, if it has one, and deletes the cookie. */
export async function endSession(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<void> {
  const sessionToken = cookieValue(app, request, 'session')
  if (sessionToken !== undefined) await deleteSession(app.db, sessionToken)
  reply.clearCookie(cookieName(app, 'session'), cookieAttributes(app))
}

/**
 * A form must come from a page of this server, by what the browser says in Fetch Metadata and
 * Origin. A browser sends no Fetch Metadata to plain http names; then its Origin must be this
 * server's. `null` does not count there: any page gets that origin by sending no referrer. Throws
 * PageError 403.
 */
export function requireSameOrigin(request: FastifyRequest): void {
  const fetchSite = request.headers['sec-fetch-site']
  const isOwnForm = fetchSite === 'same-origin' || fetchSite === 'none'
  if ((fetchSite !== undefined && !isOwnForm) || !isOwnOrigin(request, isOwnForm)) {
    throw pageFault(403, 'foreignForm', { reason: 'cross_site_form' })
  }
}

/** `null` counts only if Fetch Metadata vouches for the form. Programs send no origin at all. */
function isOwnOrigin({ host, headers }: FastifyRequest, isOwnForm: boolean): boolean {
  const { origin } = headers
  if (origin === undefined) return true
  if (origin === 'null') return isOwnForm
  return URL.canParse(origin) && new URL(origin).host === host
}

/** Where to go after sign-in: a path and query of this server. Anything else becomes `/`. */
export function ownPath(returnTo: string | undefined): string {
  if (returnTo === undefined || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(returnTo)) return '/'
  const baseUrl = 'http://own.invalid'
  const isOwn = URL.canParse(returnTo, baseUrl) && new URL(returnTo, baseUrl).origin === baseUrl
  return isOwn ? returnTo : '/'
}

/** The address of the sign-in page that leads back to a path of this server. */
export function signInPath(returnTo: string): string {
  return returnTo === '/' ? '/login' : `/login?return_to=${encodeURIComponent(returnTo)}`
}

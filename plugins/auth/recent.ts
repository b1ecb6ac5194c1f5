import type { FastifyRequest } from 'fastify'
import type { Session } from '../../db/people/sessions.ts'
import { ReauthenticationError } from '../../lib/errors.ts'
import { ownPath } from './session.ts'

/**
 * The page to return to: the requested one, or for a form the page that it is on. A form is not
 * sent again by itself, so the person repeats it there.
 */
function pageOf({ method, url, headers: { referer }, host }: FastifyRequest): string {
  if (method === 'GET' || method === 'HEAD') return ownPath(url)
  if (referer === undefined || !URL.canParse(referer)) return '/'
  const refererUrl = new URL(referer)
  return refererUrl.host === host ? ownPath(`${refererUrl.pathname}${refererUrl.search}`) : '/'
}

/**
 * Checks that the person of the session proved who they are in the last ten minutes. Throws
 * ReauthenticationError, which leads to /reauthenticate and from there to `returnTo`.
 */
export function requireRecent(
  request: FastifyRequest,
  session: Session,
  returnTo = pageOf(request)
): void {
  if (!session.recently_authenticated) throw new ReauthenticationError(returnTo)
}

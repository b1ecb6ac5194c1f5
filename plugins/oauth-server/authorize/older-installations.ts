import type { FastifyInstance } from 'fastify'
import { listInstallationsAt } from '../../../db/oauth/connected-apps.ts'
import type { Session } from '../../../db/people/sessions.ts'
import type { OlderInstallations } from '../../consent-views/page-data.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { seenBy } from './remembered-consent.ts'

/** So many are listed on the consent page; the account page has all. */
const MAX_LISTED = 5

/** Use is noted once a minute, and apps that run call at least every few minutes. */
const IDLE_MS = 600_000

/**
 * The installations of the app that asks, from the place that it asks from, newest first: an app
 * that is connected again often leaves its former access behind. undefined when there is none.
 */
export async function olderInstallations(
  app: FastifyInstance,
  session: Session,
  asked: AuthorizationRequest,
  returnTo: string
): Promise<OlderInstallations | undefined> {
  const { redirect_origin: origin } = seenBy(asked)
  const { client_id: clientId } = asked.client
  const at = { user_id: session.user_id, client_id: clientId, redirect_origin: origin }
  const found = await listInstallationsAt(app.db, at, MAX_LISTED + 1)
  if (found.length === 0) return undefined
  const query = new URLSearchParams({ app: clientId }).toString()
  return {
    csrf: app.auth.csrf(session),
    returnTo,
    installations: found.slice(0, MAX_LISTED).map((one) => ({
      grant_id: one.grant_id,
      created_at: one.created_at,
      last_used_at: one.last_used_at,
      isIdle: Date.now() - (one.last_used_at?.getTime() ?? 0) > IDLE_MS
    })),
    ...(found.length > MAX_LISTED && { more: `/?${query}#apps` })
  }
}

import type { FastifyInstance } from 'fastify'
import { listInstallationsAt } from '../../../db/oauth/connected-apps.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { appIdOf } from '../../../lib/app-id.ts'
import type { OlderInstallations } from '../../consent-views/page-data.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { decidedSubject } from './remembered-consent.ts'

/** The consent page lists this many; the page of the app has all. */
const MAX_LISTED = 5

/** Use is stored once a minute, and running apps call at least every few minutes. */
const IDLE_MS = 600_000

/**
 * Earlier installations of the app at the place it asks from, newest first: an app that is
 * connected again often leaves its former access behind. undefined when there is none.
 */
export async function olderInstallations(
  app: FastifyInstance,
  session: Session,
  authorizationRequest: AuthorizationRequest,
  returnPath: string
): Promise<OlderInstallations | undefined> {
  const { redirect_origin } = decidedSubject(authorizationRequest)
  const { client_id } = authorizationRequest.client
  const installationPlace = { user_id: session.user_id, client_id, redirect_origin }
  const installations = await listInstallationsAt(app.db, installationPlace, MAX_LISTED + 1)
  if (installations.length === 0) return undefined
  return {
    csrf: app.auth.csrf(session),
    returnTo: returnPath,
    installations: installations.slice(0, MAX_LISTED).map((installation) => ({
      grant_id: installation.grant_id,
      created_at: installation.created_at,
      last_used_at: installation.last_used_at,
      isIdle: Date.now() - (installation.last_used_at?.getTime() ?? 0) > IDLE_MS
    })),
    ...(installations.length > MAX_LISTED && { more: `/apps/${appIdOf(client_id)}#installations` })
  }
}

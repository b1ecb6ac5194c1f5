import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import {
  type EndedGrant,
  findInstalledApp,
  revokeGrant,
  revokeGrants
} from '../../../db/oauth/grants.ts'
import { appIdOf } from '../../../lib/app-id.ts'
import { ownPath } from '../../../plugins/auth/index.ts'
import { displayName } from '../../../plugins/consent-views/index.ts'
import { formOf, type Parameters, queryOf } from '../../../plugins/form-parameters.ts'

const REVOCATION_REASON = 'revoked_by_user'

/** The page of an app lists fewer installations in one form. */
const MAX_GRANTS = 100

type InstallationChoice = { grant_ids: string[] } | { client_id: string }

/**
 * Ends installations of an app after a confirmation: single ones (grant_id, which may come several
 * times) or all (client_id). The consent page confirms itself and names a path of this service as
 * return_to.
 */
const revokeApp: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const texts = request.texts.apps
    const choice = readChoice(queryOf(request.url))
    const installedApp = await findInstalledApp(app.db, session.user_id, choice)
    if (!installedApp) return app.console.redirect(reply, session, '/apps', { notice: texts.gone })
    const { client_id: clientId, installations } = installedApp
    const appName = displayName(installedApp.client_name, clientId)
    return app.console.show(request, reply, session, 'confirm-action', {
      title:
        installations <= 1
          ? texts.revokeTitle(appName)
          : texts.revokeSeveral(installations, appName),
      points: [
        texts.revokePoint(installations, appName),
        texts.revokeKeeps,
        texts.revokeAgain(appName)
      ],
      action: '/apps/revoke',
      fields: hiddenFields(choice),
      button: texts.revokeButton(installations),
      back: `/apps/${appIdOf(clientId)}`
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const texts = request.texts.apps
    const choice = readChoice(formOf(request))
    const installedApp = await findInstalledApp(app.db, session.user_id, choice)
    const endedGrants = await endGrants(app, session.user_id, choice)
    for (const endedGrant of endedGrants) {
      await request.audit('oauth.grant.revoked', { ...endedGrant, reason: REVOCATION_REASON })
    }
    const returnTo = formOf(request).get('return_to')
    if (returnTo !== undefined) return reply.redirect(ownPath(returnTo), 303)
    if (!installedApp || endedGrants.length === 0) {
      return app.console.redirect(reply, session, '/apps', { notice: texts.gone })
    }
    const appName = displayName(installedApp.client_name, installedApp.client_id)
    return app.console.redirect(reply, session, `/apps/${appIdOf(installedApp.client_id)}`, {
      notice: texts.revoked(endedGrants.length, appName)
    })
  })
}
export default revokeApp

async function endGrants(
  { db }: FastifyInstance,
  userId: string,
  choice: InstallationChoice
): Promise<EndedGrant[]> {
  if ('client_id' in choice) {
    const grantOwner = { user_id: userId, client_id: choice.client_id }
    return revokeGrants(db, grantOwner, REVOCATION_REASON)
  }
  const endedGrants: EndedGrant[] = []
  for (const grantId of choice.grant_ids) {
    const endedGrant = await revokeGrant(db, grantId, REVOCATION_REASON, userId)
    if (endedGrant) endedGrants.push(endedGrant)
  }
  return endedGrants
}

function readChoice(parameters: Parameters): InstallationChoice {
  if (parameters.malformed.length > 0) return { grant_ids: [] }
  const clientId = parameters.get('client_id')
  if (clientId !== undefined) return { client_id: clientId }
  return { grant_ids: parameters.all('grant_id').slice(0, MAX_GRANTS) }
}

function hiddenFields(choice: InstallationChoice): Array<[string, string]> {
  return 'client_id' in choice
    ? [['client_id', choice.client_id]]
    : choice.grant_ids.map((grantId) => ['grant_id', grantId])
}

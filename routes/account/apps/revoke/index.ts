import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import {
  type EndedGrant,
  findInstalledApp,
  revokeGrant,
  revokeGrants
} from '../../../../db/oauth/grants.ts'
import { ownPath } from '../../../../plugins/auth/index.ts'
import { displayName } from '../../../../plugins/consent-views/index.ts'
import type { Pages } from '../../../../plugins/consent-views/page-data.ts'
import { formOf, type Parameters, queryOf } from '../../../../plugins/form-parameters.ts'

const REVOCATION_REASON = 'revoked_by_user'
const GONE_NOTICE = 'This app is no longer connected, so there was nothing to revoke.'

/** The account page lists fewer installations in one form. */
const MAX_GRANTS = 100

type InstallationChoice = { grant_ids: string[] } | { client_id: string }

/**
 * Ends installations of an app after a confirmation: single ones (grant_id, which may come several
 * times) or all (client_id). The consent page confirms itself and names a path of this service as
 * return_to.
 */
const revokeApp: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect('/login', 303)
    const choice = readChoice(queryOf(request.url))
    const installedApp = await findInstalledApp(app.db, session.user_id, choice)
    if (!installedApp) return app.account.redirectTo(reply, session, { notice: GONE_NOTICE })
    const appName = displayName(installedApp.client_name, installedApp.client_id)
    return reply.page('confirm', {
      ...confirmTexts(appName, installedApp.installations, 'client_id' in choice),
      action: '/account/apps/revoke',
      csrf: app.auth.csrf(session),
      fields: hiddenFields(choice)
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const choice = readChoice(formOf(request))
    const installedApp = await findInstalledApp(app.db, session.user_id, choice)
    const endedGrants = await endGrants(app, session.user_id, choice)
    for (const endedGrant of endedGrants) {
      await request.audit('oauth.grant.revoked', { ...endedGrant, reason: REVOCATION_REASON })
    }
    const returnTo = formOf(request).get('return_to')
    if (returnTo !== undefined) return reply.redirect(ownPath(returnTo), 303)
    if (!installedApp || endedGrants.length === 0) {
      return app.account.redirectTo(reply, session, { notice: GONE_NOTICE })
    }
    const appName = displayName(installedApp.client_name, installedApp.client_id)
    const revokedApps =
      endedGrants.length === 1
        ? `this installation of ${appName}`
        : `${endedGrants.length} installations of ${appName}`
    return app.account.redirectTo(reply, session, {
      notice:
        `Revoked: ${revokedApps} can no longer use your memories. ` +
        'The memories that it saved are still there.'
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

function confirmTexts(
  appName: string,
  installations: number,
  isAll: boolean
): Pick<Pages['confirm'], 'title' | 'points' | 'button'> {
  const isSingle = installations <= 1
  const installationCount = `${isAll ? 'all ' : ''}${installations}`
  const sentenceStart = installationCount[0]!.toUpperCase() + installationCount.slice(1)
  return {
    title: isSingle ? `Revoke ${appName}?` : `Revoke ${installationCount} of ${appName}?`,
    points: [
      isSingle
        ? `This installation of ${appName} loses access to your memories at once.`
        : `${sentenceStart} installations of ${appName} lose access to your memories at once.`,
      'Everything that it saved stays in your memory.',
      `To use it again, connect it from ${appName}: you will be asked to approve it.`
    ],
    button: isSingle ? 'Revoke' : `Revoke ${installationCount}`
  }
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

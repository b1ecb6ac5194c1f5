import type { FastifyPluginAsync } from 'fastify'
import { findInstalledApp, revokeGrant, revokeGrants } from '../../../../db/oauth-grants.ts'
import { backToAccount } from '../../../../plugins/account.ts'
import { shownName } from '../../../../plugins/consent-views.ts'
import { formOf, type Parameters, queryOf } from '../../../../plugins/form-parameters.ts'

const REASON = 'revoked_by_user'
const GONE = 'This app is no longer connected, so there was nothing to revoke.'

/** Ends one installation of an app (grant_id), or all of them (client_id), after asking. */
const revoke: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect('/login', 303)
    const which = installationOf(queryOf(request.url))
    const found = await findInstalledApp(app.db, session.user_id, which)
    if (!found) return backToAccount(app, reply, session, { notice: GONE })
    const name = shownName(found.client_name, found.client_id)
    const isOne = found.installations === 1
    return reply.page('confirm', {
      title: isOne ? `Revoke ${name}?` : `Revoke all ${found.installations} of ${name}?`,
      points: [
        isOne
          ? `This installation of ${name} loses access to your memories at once.`
          : `All ${found.installations} installations of ${name} lose access to your memories at once.`,
        'Everything that it saved stays in your memory.',
        `To use it again, connect it from ${name}: you will be asked to approve it.`
      ],
      action: '/account/apps/revoke',
      csrf: app.auth.csrf(session),
      fields: Object.entries(which),
      button: isOne ? 'Revoke' : `Revoke all ${found.installations}`
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const which = installationOf(formOf(request))
    const found = await findInstalledApp(app.db, session.user_id, which)
    const ended = 'client_id' in which
      ? await revokeGrants(app.db, { user_id: session.user_id, client_id: which.client_id }, REASON)
      : [await revokeGrant(app.db, which.grant_id, REASON, session.user_id)]
    for (const grant of ended) {
      if (grant) await request.audit('oauth.grant.revoked', { ...grant, reason: REASON })
    }
    const count = ended.filter((grant) => grant !== undefined).length
    if (!found || count === 0) return backToAccount(app, reply, session, { notice: GONE })
    const name = shownName(found.client_name, found.client_id)
    const notice = count === 1
      ? `Revoked: this installation of ${name} can no longer use your memories.`
      : `Revoked: ${count} installations of ${name} can no longer use your memories.`
    return backToAccount(app, reply, session, { notice: `${notice} What it saved is still there.` })
  })
}
export default revoke

function installationOf (parameters: Parameters): { grant_id: string } | { client_id: string } {
  const clientId = parameters.malformed.length > 0 ? undefined : parameters.get('client_id')
  if (clientId !== undefined) return { client_id: clientId }
  return { grant_id: parameters.malformed.length > 0 ? '' : parameters.get('grant_id') ?? '' }
}

import type { FastifyPluginAsync } from 'fastify'
import {
  type EndedGrant,
  findInstalledApp,
  revokeGrant,
  revokeGrants
} from '../../../../db/oauth/grants.ts'
import { ownPath } from '../../../../plugins/auth/index.ts'
import { shownName } from '../../../../plugins/consent-views/index.ts'
import { formOf, type Parameters, queryOf } from '../../../../plugins/form-parameters.ts'

const REASON = 'revoked_by_user'
const GONE = 'This app is no longer connected, so there was nothing to revoke.'

/** A form of ours lists fewer. */
const MAX_GRANTS = 100

type Which = { grant_ids: string[] } | { client_id: string }

/**
 * Ends installations of an app (grant_id, once for each), or all of them (client_id), after asking.
 * The consent page asks by itself and is gone back to: return_to, a path of ours.
 */
const revoke: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect('/login', 303)
    const which = installationOf(queryOf(request.url))
    const found = await findInstalledApp(app.db, session.user_id, which)
    if (!found) return app.account.redirectTo(reply, session, { notice: GONE })
    const name = shownName(found.client_name, found.client_id)
    const isOne = found.installations <= 1
    const many = `${'client_id' in which ? 'all ' : ''}${found.installations}`
    return reply.page('confirm', {
      title: isOne ? `Revoke ${name}?` : `Revoke ${many} of ${name}?`,
      points: [
        isOne
          ? `This installation of ${name} loses access to your memories at once.`
          : `${many[0]!.toUpperCase()}${many.slice(1)} installations of ${name} lose access to your memories at once.`,
        'Everything that it saved stays in your memory.',
        `To use it again, connect it from ${name}: you will be asked to approve it.`
      ],
      action: '/account/apps/revoke',
      csrf: app.auth.csrf(session),
      fields: fieldsOf(which),
      button: isOne ? 'Revoke' : `Revoke ${many}`
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const which = installationOf(formOf(request))
    const found = await findInstalledApp(app.db, session.user_id, which)
    const ended =
      'client_id' in which
        ? await revokeGrants(
            app.db,
            { user_id: session.user_id, client_id: which.client_id },
            REASON
          )
        : await endAll(which.grant_ids, session.user_id)
    for (const grant of ended) {
      await request.audit('oauth.grant.revoked', { ...grant, reason: REASON })
    }
    const returnTo = formOf(request).get('return_to')
    if (returnTo !== undefined) return reply.redirect(ownPath(returnTo), 303)
    const count = ended.length
    if (!found || count === 0) return app.account.redirectTo(reply, session, { notice: GONE })
    const name = shownName(found.client_name, found.client_id)
    const notice =
      count === 1
        ? `Revoked: this installation of ${name} can no longer use your memories.`
        : `Revoked: ${count} installations of ${name} can no longer use your memories.`
    return app.account.redirectTo(reply, session, {
      notice: `${notice} What it saved is still there.`
    })
  })

  async function endAll(grantIds: string[], userId: string): Promise<EndedGrant[]> {
    const ended: EndedGrant[] = []
    for (const grantId of grantIds) {
      const grant = await revokeGrant(app.db, grantId, REASON, userId)
      if (grant) ended.push(grant)
    }
    return ended
  }
}
export default revoke

function installationOf(parameters: Parameters): Which {
  if (parameters.malformed.length > 0) return { grant_ids: [] }
  const clientId = parameters.get('client_id')
  if (clientId !== undefined) return { client_id: clientId }
  return { grant_ids: parameters.all('grant_id').slice(0, MAX_GRANTS) }
}

function fieldsOf(which: Which): Array<[string, string]> {
  return 'client_id' in which
    ? [['client_id', which.client_id]]
    : which.grant_ids.map((grantId) => ['grant_id', grantId])
}

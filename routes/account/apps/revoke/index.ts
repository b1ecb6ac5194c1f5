import type { FastifyPluginAsync } from 'fastify'
import { revokeGrant, revokeGrants } from '../../../../db/oauth-grants.ts'
import { formOf } from '../../../../plugins/form-parameters.ts'

const REASON = 'revoked_by_user'

/** Ends one installation of an app (grant_id), or all of them (client_id). */
const revoke: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const clientId = form.get('client_id')
    const ended = clientId === undefined
      ? [await revokeGrant(app.db, form.get('grant_id') ?? '', REASON, session.user_id)]
      : await revokeGrants(app.db, { user_id: session.user_id, client_id: clientId }, REASON)
    for (const grant of ended) if (grant) await request.audit('oauth.grant.revoked', { ...grant, reason: REASON })
    return reply.redirect('/', 303)
  })
}
export default revoke

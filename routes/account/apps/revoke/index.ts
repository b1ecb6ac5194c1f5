import type { FastifyPluginAsync } from 'fastify'
import { revokeGrant } from '../../../../db/oauth-grants.ts'
import { formOf } from '../../../../plugins/form-parameters.ts'

const revoke: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const grantId = formOf(request).get('grant_id') ?? ''
    const revoked = await revokeGrant(app.db, grantId, 'revoked_by_user', session.user_id)
    if (revoked) await request.audit('oauth.grant.revoked', { user_id: session.user_id, client_id: revoked.client_id, grant_id: grantId, reason: 'revoked_by_user' })
    return reply.redirect('/', 303)
  })
}
export default revoke

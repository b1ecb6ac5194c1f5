import type { FastifyPluginAsync } from 'fastify'
import { revokeApiKey } from '../../../../db/api-keys.ts'
import { formOf } from '../../../../plugins/form-parameters.ts'

const revoke: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const keyId = formOf(request).get('key_id') ?? ''
    const revoked = await revokeApiKey(app.db, session.user_id, keyId)
    if (revoked) await request.audit('key.revoked', { user_id: session.user_id, details: { key_id: keyId, name: revoked.name } })
    return reply.redirect('/', 303)
  })
}
export default revoke

import type { FastifyPluginAsync } from 'fastify'
import { findUnrevokedKey, revokeApiKey } from '../../../../db/people/api-keys.ts'
import { displayName } from '../../../../plugins/consent-views/index.ts'
import { formOf, type Parameters, queryOf } from '../../../../plugins/form-parameters.ts'

const GONE_NOTICE = 'This key is already revoked, so there was nothing to do.'

/** Revokes an API key after a confirmation. */
const revokeKey: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect('/login', 303)
    const apiKey = await findUnrevokedKey(app.db, session.user_id, keyIdOf(queryOf(request.url)))
    if (!apiKey) return app.account.redirectTo(reply, session, { notice: GONE_NOTICE })
    return reply.page('confirm', {
      title: `Revoke the key “${displayName(apiKey.name, 'API key')}”?`,
      points: [
        `Whatever uses this key (${apiKey.key_prefix}…) loses access to your memories at once.`,
        'Everything that was saved with it stays in your memory.',
        'A revoked key never works again. You can create another one at any time.'
      ],
      action: '/account/keys/revoke',
      csrf: app.auth.csrf(session),
      fields: [['key_id', apiKey.key_id]],
      button: 'Revoke key'
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const keyId = keyIdOf(formOf(request))
    const revokedKey = await revokeApiKey(app.db, session.user_id, keyId)
    if (!revokedKey) return app.account.redirectTo(reply, session, { notice: GONE_NOTICE })
    const auditDetails = { key_id: keyId, name: revokedKey.name }
    await request.audit('key.revoked', { user_id: session.user_id, details: auditDetails })
    const keyName = displayName(revokedKey.name, 'API key')
    return app.account.redirectTo(reply, session, {
      notice: `The key “${keyName}” is revoked and no longer works.`
    })
  })
}
export default revokeKey

function keyIdOf(parameters: Parameters): string {
  return parameters.malformed.length > 0 ? '' : (parameters.get('key_id') ?? '')
}

import type { FastifyPluginAsync } from 'fastify'
import { findUnrevokedKey, revokeApiKey } from '../../../../db/people/api-keys.ts'
import { displayName } from '../../../../plugins/consent-views/index.ts'
import { formOf, type Parameters, queryOf } from '../../../../plugins/form-parameters.ts'

/** Revokes an API key after a confirmation. */
const revokeKey: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const texts = request.texts.apps
    const apiKey = await findUnrevokedKey(app.db, session.user_id, keyIdOf(queryOf(request.url)))
    if (!apiKey) return app.console.redirect(reply, session, '/apps', { notice: texts.keyGone })
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.revokeKeyTitle(displayName(apiKey.name, texts.key)),
      points: [texts.revokeKeyPoint(apiKey.key_prefix), texts.revokeKeeps, texts.revokeKeyFinal],
      action: '/apps/keys/revoke',
      fields: [['key_id', apiKey.key_id]],
      button: texts.revokeKeyButton,
      back: `/apps/${apiKey.key_id}`
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const texts = request.texts.apps
    const keyId = keyIdOf(formOf(request))
    const revokedKey = await revokeApiKey(app.db, session.user_id, keyId)
    if (!revokedKey) return app.console.redirect(reply, session, '/apps', { notice: texts.keyGone })
    const auditDetails = { key_id: keyId, name: revokedKey.name }
    await request.audit('key.revoked', { user_id: session.user_id, details: auditDetails })
    const keyName = displayName(revokedKey.name, texts.key)
    return app.console.redirect(reply, session, '/apps', { notice: texts.keyRevoked(keyName) })
  })
}
export default revokeKey

function keyIdOf(parameters: Parameters): string {
  return parameters.malformed.length > 0 ? '' : (parameters.get('key_id') ?? '')
}

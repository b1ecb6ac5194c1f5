import type { FastifyPluginAsync } from 'fastify'
import { findUnrevokedKey, revokeApiKey } from '../../../../db/people/api-keys.ts'
import { shownName } from '../../../../plugins/consent-views/index.ts'
import { formOf, type Parameters, queryOf } from '../../../../plugins/form-parameters.ts'

const GONE = 'This key was revoked before, so there was nothing to do.'

/** Revokes an API key, after asking. */
const revoke: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect('/login', 303)
    const key = await findUnrevokedKey(app.db, session.user_id, keyIdOf(queryOf(request.url)))
    if (!key) return app.account.redirectTo(reply, session, { notice: GONE })
    return reply.page('confirm', {
      title: `Revoke the key “${shownName(key.name, 'API key')}”?`,
      points: [
        `Whatever uses this key (${key.key_prefix}…) loses access to your memories at once.`,
        'Everything that was saved with it stays in your memory.',
        'A revoked key never works again. You can create another one at any time.'
      ],
      action: '/account/keys/revoke',
      csrf: app.auth.csrf(session),
      fields: [['key_id', key.key_id]],
      button: 'Revoke key'
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const keyId = keyIdOf(formOf(request))
    const revoked = await revokeApiKey(app.db, session.user_id, keyId)
    if (!revoked) return app.account.redirectTo(reply, session, { notice: GONE })
    const details = { key_id: keyId, name: revoked.name }
    await request.audit('key.revoked', { user_id: session.user_id, details })
    const name = shownName(revoked.name, 'API key')
    return app.account.redirectTo(reply, session, {
      notice: `The key “${name}” is revoked and no longer works.`
    })
  })
}
export default revoke

function keyIdOf(parameters: Parameters): string {
  return parameters.malformed.length > 0 ? '' : (parameters.get('key_id') ?? '')
}

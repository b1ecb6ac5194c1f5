import type { FastifyPluginAsync } from 'fastify'
import { findPasskey } from '../../../../../db/people/passkeys.ts'
import { removePasskey } from '../../../../../domain/sign-in/ways.ts'
import { formOf, queryOf } from '../../../../../plugins/form-parameters.ts'
import { displayName } from '../../../../../plugins/consent-views/index.ts'

const OVERVIEW = '/settings/security'

/** Removes a passkey after a confirmation. */
const removeForm: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    const { security: texts } = request.texts
    const credentialId = queryOf(request.url).get('credential_id') ?? ''
    const passkeyId = { user_id: session.user_id, credential_id: credentialId }
    const passkey = await findPasskey(app.db, passkeyId)
    if (!passkey) {
      const problem = { form: 'passkey', text: texts.gone }
      return app.console.redirect(reply, session, OVERVIEW, { problem, status: 404 })
    }
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.removePasskey(displayName(passkey.name)),
      points: [texts.removePasskeyPoint, texts.removePasskeyDevice],
      action: '/settings/security/passkeys/remove',
      fields: [['credential_id', passkey.credential_id]],
      button: texts.remove,
      back: OVERVIEW
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    app.auth.requireRecent(request, session, OVERVIEW)
    const { security: texts } = request.texts
    const credentialId = formOf(request).get('credential_id') ?? ''
    const passkeyId = { user_id: session.user_id, credential_id: credentialId }
    const removal = await removePasskey(app.db, passkeyId, app.oidc.issuer)
    if ('reason' in removal) {
      const isGone = removal.reason === 'gone'
      const problem = { form: 'passkey', text: isGone ? texts.gone : texts.lastWay }
      const status = isGone ? 404 : 409
      return app.console.redirect(reply, session, OVERVIEW, { problem, status })
    }
    const { name } = removal.removed
    await request.audit('user.passkey_removed', { user_id: session.user_id, details: { name } })
    const notice = texts.passkeyRemoved(displayName(name))
    return app.console.redirect(reply, session, OVERVIEW, { notice })
  })
}
export default removeForm

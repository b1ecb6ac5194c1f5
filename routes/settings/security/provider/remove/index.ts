import type { FastifyPluginAsync } from 'fastify'
import { removeIdentity } from '../../../../../domain/sign-in/ways.ts'

const OVERVIEW = '/settings/security'

/** Unlinks the account at the provider after a confirmation. */
const unlinkProvider: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    const { security: texts } = request.texts
    const { providerName = '' } = app.oidc
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.unlinkTitle(providerName),
      points: [texts.unlinkPoint(providerName)],
      action: '/settings/security/provider/remove',
      fields: [],
      button: texts.unlink,
      back: OVERVIEW
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    app.auth.requireRecent(request, session, OVERVIEW)
    const { user_id: userId } = session
    const { security: texts } = request.texts
    const issuer = app.oidc.issuer ?? ''
    const removal = await removeIdentity(app.db, userId, issuer)
    if ('reason' in removal) {
      const isGone = removal.reason === 'gone'
      const problem = { form: 'provider', text: isGone ? texts.gone : texts.lastWay }
      const status = isGone ? 404 : 409
      return app.console.redirect(reply, session, OVERVIEW, { problem, status })
    }
    await request.audit('user.identity_unlinked', { user_id: userId, details: { issuer } })
    const notice = texts.unlinked(app.oidc.providerName ?? '')
    return app.console.redirect(reply, session, OVERVIEW, { notice })
  })
}
export default unlinkProvider

import type { FastifyPluginAsync } from 'fastify'
import { deleteRecoveryCodes } from '../../../../../db/people/recovery-codes.ts'
import { deleteTotpSecret } from '../../../../../db/people/totp-secrets.ts'

const OVERVIEW = '/settings/security'

/** Turns off the second factor after a confirmation. */
const removeAuthenticator: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    const { security: texts } = request.texts
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.turnOffTitle,
      points: [texts.turnOffPoint, texts.turnOffCodes],
      action: '/settings/security/authenticator/remove',
      fields: [],
      button: texts.turnOff,
      back: OVERVIEW
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    app.auth.requireRecent(request, session, OVERVIEW)
    const { user_id: userId } = session
    const isRemoved = await app.db.transaction().execute(async (trx) => {
      await deleteRecoveryCodes(trx, userId)
      return deleteTotpSecret(trx, userId)
    })
    if (isRemoved) await request.audit('user.second_factor_removed', { user_id: userId })
    const notice = request.texts.security.turnedOff
    return app.console.redirect(reply, session, OVERVIEW, { notice })
  })
}
export default removeAuthenticator

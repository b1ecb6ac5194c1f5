import type { FastifyPluginAsync } from 'fastify'
import { renewAuthentication } from '../../../db/people/sessions.ts'
import { findUser } from '../../../db/people/users.ts'
import { PasskeyError } from '../../../domain/sign-in/passkeys.ts'
import { ownPath } from '../../../plugins/auth/index.ts'
import { formOf, queryOf } from '../../../plugins/form-parameters.ts'
import { passkeyFaultText } from '../../../plugins/passkeys.ts'

const reauthenticatePath = (returnTo: string) =>
  `/reauthenticate?return_to=${encodeURIComponent(returnTo)}`

/** Lets a signed-in person prove by a passkey who they are. */
const reauthenticateByPasskey: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const returnTo = ownPath(queryOf(request.url).get('return_to'))
    const session = await app.console.requireSession(request)
    return reply.page('sign-in/passkey', {
      action: '/reauthenticate/passkey',
      csrf: app.auth.csrf(session),
      returnTo,
      options: await app.passkeys.challenge(reply, { purpose: 'reauthenticate', session }),
      back: reauthenticatePath(returnTo)
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const { user_id: userId } = session
    const returnTo = ownPath(formOf(request).get('return_to'))
    reply.header('cache-control', 'no-store')
    try {
      await app.passkeys.verify(request, reply, { purpose: 'reauthenticate', session })
    } catch (error) {
      if (!(error instanceof PasskeyError)) throw error
      await request.audit('auth.login.failed', { reason: error.reason, user_id: userId })
      const text = passkeyFaultText(request.texts, error.reason)
      const problem = { form: 'reauthenticate', text }
      await app.notices.leave(session, 'reauthenticate', { problem, status: 401 })
      return reply.redirect(reauthenticatePath(returnTo), 303)
    }
    const user = await findUser(app.db, userId)
    if (user) await renewAuthentication(app.db, session, user)
    const details = { method: 'passkey' }
    await request.audit('auth.reauthenticated', { user_id: userId, details })
    return reply.redirect(returnTo, 303)
  })
}
export default reauthenticateByPasskey

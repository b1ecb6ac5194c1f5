import type { FastifyPluginAsync } from 'fastify'
import type { Db } from '../../../db/connection/connect.ts'
import { deleteOtherUserSessions, type Session } from '../../../db/people/sessions.ts'
import { replacePassword, type User } from '../../../db/people/users.ts'
import { findPasswordFault } from '../../../lib/password-policy.ts'
import { hashPassword } from '../../../lib/passwords.ts'
import { provePassword, wrongPassword } from '../../../plugins/auth/password-proof.ts'
import { formOf } from '../../../plugins/form-parameters.ts'

const PATH = '/settings/password'

/** Changes the password of a person who knows the current one, and signs out other browsers. */
const passwordPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { email } = session
    return app.console.show(request, reply, session, 'settings/password', { email })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const currentPassword = form.get('current_password') ?? ''
    const newPassword = form.get('new_password') ?? ''
    const newPasswordFault = await findPasswordFault(newPassword, [session.email, session.name])
    if (newPasswordFault) {
      const problem = {
        form: 'password',
        field: 'new_password',
        text: request.texts.typed.password[newPasswordFault]
      }
      return app.console.redirect(reply, session, PATH, { problem, status: 400 })
    }
    const passwordProof = await provePassword(app, request, session, 'password', currentPassword)
    if ('refusal' in passwordProof) {
      return app.console.redirect(reply, session, PATH, passwordProof.refusal)
    }
    const passwordHash = await hashPassword(newPassword)
    if (!(await storePassword(app.db, passwordProof.user, passwordHash, session))) {
      const auditEvent = { reason: 'wrong_password', user_id: session.user_id }
      await request.audit('auth.login.failed', auditEvent) // another change came first
      return app.console.redirect(reply, session, PATH, wrongPassword(request, 'password'))
    }
    await request.audit('user.password_changed', { user_id: session.user_id })
    const notice = request.texts.settings.passwordChanged
    return app.console.redirect(reply, session, PATH, { notice })
  })
}
export default passwordPage

/**
 * Replaces the password before it deletes the sessions. A concurrent sign-in with the old password
 * then either fails or loses its session with the others. False if another change came first.
 */
function storePassword(
  db: Db,
  user: User,
  passwordHash: string,
  session: Session
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    if (!(await replacePassword(trx, user, passwordHash))) return false
    await deleteOtherUserSessions(trx, user.user_id, session.session_hash)
    return true
  })
}

import type { FastifyPluginAsync } from 'fastify'
import type { Db } from '../../../db/connection/connect.ts'
import { findPasswordFault } from '../../../lib/password-policy.ts'
import { hashPassword } from '../../../lib/passwords.ts'
import { deleteOtherSessionsOf, type Session } from '../../../db/people/sessions.ts'
import { replacePassword, type User } from '../../../db/people/users.ts'
import { formOf } from '../../../plugins/form-parameters.ts'
import { provePassword, wrongPassword } from '../../../plugins/auth/password-proof.ts'

const CHANGED =
  'Your password is changed, and every other browser is signed out. API keys and' +
  ' connected apps go on working: revoke those that you do not trust.'
const UNREADABLE = 'Some of the text could not be read. Type it again.'

/**
 * A person's own password: who is signed in and knows the current one gives a new one, and is
 * signed out everywhere else.
 */
const password: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const current = form.get('current_password') ?? ''
    const next = form.get('new_password') ?? ''
    const fault =
      form.malformed.length > 0
        ? UNREADABLE
        : await findPasswordFault(next, [session.email, session.name])
    if (fault) {
      const problem = { form: 'password', field: 'new_password', text: fault }
      return app.account.redirectTo(reply, session, { problem, status: 400 })
    }
    const proof = await provePassword(app, request, session, 'password', current)
    if ('refusal' in proof) return app.account.redirectTo(reply, session, proof.refusal)
    if (!(await changed(app.db, proof.user, await hashPassword(next), session))) {
      const details = { reason: 'wrong_password', user_id: session.user_id }
      await request.audit('auth.login.failed', details) // another change came in between
      return app.account.redirectTo(reply, session, wrongPassword('password'))
    }
    await request.audit('user.password_changed', { user_id: session.user_id })
    return app.account.redirectTo(reply, session, { notice: CHANGED })
  })
}
export default password

/**
 * The password first: whoever signs in with the previous one at this instant is then either
 * refused, or signed out with the others.
 */
function changed(db: Db, user: User, passwordHash: string, session: Session): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    if (!(await replacePassword(trx, user, passwordHash))) return false
    await deleteOtherSessionsOf(trx, user.user_id, session.session_hash)
    return true
  })
}

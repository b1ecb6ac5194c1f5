import type { FastifyPluginAsync } from 'fastify'
import { hashPassword, passwordFault } from '../../../db/passwords.ts'
import { deleteOtherSessionsOf } from '../../../db/sessions.ts'
import { updateUser } from '../../../db/users.ts'
import { accountPage } from '../../../plugins/account.ts'
import { signIn } from '../../../plugins/auth/index.ts'
import { formOf } from '../../../plugins/form-parameters.ts'

/** A person's own password: who is signed in and knows the current one gives a new one, and is signed out everywhere else. */
const password: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const [current, next] = [form.get('current_password') ?? '', form.get('new_password') ?? '']
    const fault = form.malformed.length > 0 ? 'Some of the text could not be read.' : passwordFault(next)
    if (fault) return accountPage(app, reply, session, { problem: fault }, 400)

    const result = current.length > 1024 ? { reason: 'wrong_password' as const } : await signIn(app.db, session.email, current, request.ip)
    if (!('user' in result)) {
      await request.audit('auth.login.failed', { reason: result.reason, user_id: session.user_id })
      if (result.reason !== 'throttled') return accountPage(app, reply, session, { problem: 'The current password is not right, so nothing was changed.' }, 401)
      reply.header('retry-after', result.retryAfter)
      return accountPage(app, reply, session, { problem: `Too many attempts. Wait ${result.retryAfter} seconds, and try again.` }, 429)
    }
    const passwordHash = await hashPassword(next)
    await app.db.transaction().execute(async (trx) => {
      await updateUser(trx, session.user_id, { password_hash: passwordHash })
      await deleteOtherSessionsOf(trx, session.user_id, session.session_hash)
    })
    await request.audit('user.password_changed', { user_id: session.user_id })
    return accountPage(app, reply, session, { notice: 'Your password is changed, and every other browser is signed out. API keys and connected apps go on working: revoke those that you do not trust.' })
  })
}
export default password

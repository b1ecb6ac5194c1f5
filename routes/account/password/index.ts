import type { FastifyPluginAsync } from 'fastify'
import type { Db } from '../../../db/connect.ts'
import { hashPassword, passwordFault } from '../../../db/passwords.ts'
import { deleteOtherSessionsOf, type Session } from '../../../db/sessions.ts'
import { replacePassword, type User } from '../../../db/users.ts'
import { accountPage } from '../../../plugins/account.ts'
import { signIn, type SignInResult } from '../../../plugins/auth/index.ts'
import { formOf } from '../../../plugins/form-parameters.ts'

/** A person's own password: who is signed in and knows the current one gives a new one, and is signed out everywhere else. */
const password: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const [current, next] = [form.get('current_password') ?? '', form.get('new_password') ?? '']
    const fault = form.malformed.length > 0 ? 'Some of the text could not be read.' : passwordFault(next)
    if (fault) return accountPage(app, reply, session, { problem: fault }, 400)

    let result: SignInResult = { reason: 'wrong_password' }
    if (current.length <= 1024) {
      const { email, session_hash: browser } = session
      result = await signIn(app.db, { email, password: current, address: request.ip, knownBrowser: () => browser })
    }
    if ('user' in result && !await changed(app.db, result.user, await hashPassword(next), session)) result = { reason: 'wrong_password' } // changed meanwhile
    if (!('user' in result)) {
      await request.audit('auth.login.failed', { reason: result.reason, user_id: session.user_id })
      if (result.reason !== 'throttled') return accountPage(app, reply, session, { problem: 'The current password is not right, so nothing was changed.' }, 401)
      reply.header('retry-after', result.retryAfter)
      return accountPage(app, reply, session, { problem: `Too many attempts. Wait ${result.retryAfter} seconds, and try again.` }, 429)
    }
    await request.audit('user.password_changed', { user_id: session.user_id })
    return accountPage(app, reply, session, { notice: 'Your password is changed, and every other browser is signed out. API keys and connected apps go on working: revoke those that you do not trust.' })
  })
}
export default password

/** The password first: whoever signs in with the former one at this instant is then either refused, or signed out with the others. */
function changed (db: Db, user: User, passwordHash: string, session: Session): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    if (!await replacePassword(trx, user, passwordHash)) return false
    await deleteOtherSessionsOf(trx, user.user_id, session.session_hash)
    return true
  })
}

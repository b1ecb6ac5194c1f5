import type { FastifyPluginAsync } from 'fastify'
import { hashPassword, passwordFault } from '../../db/passwords.ts'
import { findSetupLink, spendSetupLink } from '../../db/setup-links.ts'
import { anyUser, insertFirstAdmin, touchUser } from '../../db/users.ts'
import { requireSameOrigin } from '../../plugins/auth/index.ts'
import { PageError } from '../../plugins/errors.ts'
import { formOf, type Parameters, queryOf } from '../../plugins/form-parameters.ts'

/** The one-time set-up link of the first run: whoever has it becomes the administrator. */
const setup: FastifyPluginAsync = async (app) => {
  /** An account that was made otherwise since then is the first one. */
  const isGood = async (token: string) => await findSetupLink(app.db, token) && !await anyUser(app.db)

  app.get('', async (request, reply) => {
    const token = queryOf(request.url).get('token') ?? ''
    if (!await isGood(token)) throw spent()
    return reply.page('setup', { token })
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const token = form.get('token') ?? ''
    if (!await isGood(token)) throw spent()
    const name = (form.get('name') ?? '').trim()
    const email = (form.get('email') ?? '').trim()
    const problem = problemOf(form)
    if (problem) return reply.page('setup', { token, name, email, problem }, 400)

    const passwordHash = await hashPassword(form.get('password')!)
    const admin = await app.db.transaction().execute(async (trx) => {
      return await spendSetupLink(trx, token) ? insertFirstAdmin(trx, { email, name, password_hash: passwordHash }) : undefined
    })
    if (!admin) throw spent()
    await app.auth.startSession(request, reply, admin)
    await touchUser(app.db, admin.user_id)
    await request.audit('user.created', { user_id: admin.user_id, reason: 'setup_link' })
    return reply.redirect('/', 303)
  })
}
export default setup

function problemOf (form: Parameters): string | undefined {
  if (form.malformed.length > 0) return 'Some of the text could not be read.'
  if (!/^[^\s@]+@[^\s@]+$/.test(form.get('email') ?? '') || form.get('email')!.length > 320) return 'Enter an email address; it is what you sign in with.'
  if ((form.get('name') ?? '').length > 200) return 'The name is too long.'
  return passwordFault(form.get('password') ?? '')
}

function spent (): PageError {
  return new PageError(403, 'This set-up link is no longer valid', 'It was used or mistyped, is older than 24 hours, or an account was made without it.', {
    reason: 'setup_link_invalid',
    advice: 'If there is no account yet, start the service again: it prints a fresh link. Otherwise sign in. An administrator can be made on the server: npx kagura user create --email EMAIL --role admin',
    link: { href: '/login', text: 'Sign in' }
  })
}

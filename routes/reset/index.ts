import type { FastifyPluginAsync } from 'fastify'
import { findUser } from '../../db/people/users.ts'
import { acceptPasswordReset } from '../../domain/people/administration.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { auditorOf } from '../../plugins/audit.ts'
import { requireSameOrigin } from '../../plugins/auth/index.ts'
import {
  findLinkFormProblem,
  refuseAccountLink,
  requireAccountLink,
  showAccountLink,
  usedLinkError
} from '../../plugins/console/account-link.ts'
import { formOf } from '../../plugins/form-parameters.ts'

const page = { kind: 'password_reset', place: 'reset' } as const

/**
 * A person chooses a new password by a link from an administrator. They sign in afterwards, with
 * their second factor if they have one.
 */
const resetPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const { token, link } = await requireAccountLink(app, request, page.kind)
    const user = await findUser(app.db, link.user_id ?? '')
    return showAccountLink(app, request, reply, page, { token, email: user?.email ?? '' })
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const { token, link } = await requireAccountLink(app, request, page.kind)
    const user = await findUser(app.db, link.user_id ?? '')
    const email = user?.email ?? ''
    const problem = await findLinkFormProblem(request, email)
    if (problem) return refuseAccountLink(app, request, reply, page, { token, email, problem })
    const passwordHash = await hashPassword(formOf(request).get('password')!)
    if (!(await acceptPasswordReset(app.db, token, passwordHash, auditorOf(request)))) {
      throw usedLinkError(request)
    }
    const notice = request.texts.people.passwordSet
    app.notices.leaveSignedOut(reply, { place: 'login', notice, typed: { email } })
    return reply.header('cache-control', 'no-store').redirect('/login', 303)
  })
}
export default resetPage
